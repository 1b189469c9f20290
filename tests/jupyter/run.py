#!/usr/bin/env python3
"""Executes a notebook with nbclient and fails where a cell does. usage: run.py NOTEBOOK

Needs nbclient, ipykernel and what the notebook imports; its variables are those of this process.
"""
import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
for output in outputs:
    if output.output_type == "stream":
        print(output.text, end="")
if not any("image/svg+xml" in output.get("data", {}) for output in outputs):
    sys.exit("the notebook ran, and showed no curve")
