#!/usr/bin/env python3
"""A training as NNTile's client sends it. usage: training.py HOST PORT [FILE]

With FILE its lines are sent once, on one connection. Without, it sends a message every 0.2 s until it is ended, and
connects again where the connection is lost, first after a second as NNTile does: total_time is then the time since
the last message that went out.
"""
import json
import socket
import sys
import time

PAUSE = 0.2
RETRY = 1


def replay(address, path):
    with socket.create_connection(address) as connection, open(path, "rb") as lines:
        connection.sendall(lines.read())
        connection.shutdown(socket.SHUT_WR)
        # The server closes once all is in its files.
        while connection.recv(4096):
            pass


def train(address):
    connection, last, value = None, time.monotonic(), 0
    while True:
        time.sleep(PAUSE)
        try:
            connection = connection or socket.create_connection(address, timeout=2)
            now = time.monotonic()
            message = {"workers": [{"name": "CPU 0", "total_time": now - last, "flops": 1e9}],
                       "scalars": [{"name": "loss", "values": [value]}]}
            connection.sendall(json.dumps(message).encode() + b"\n")
            last, value = now, value + 1
        except OSError as error:
            print(f"connection lost: {error}", flush=True)
            connection = connection and connection.close()
            time.sleep(RETRY)


address = (sys.argv[1], int(sys.argv[2]))
replay(address, sys.argv[3]) if len(sys.argv) > 3 else train(address)
