// Which lines of a chart are shown: a button a line, for pointers, keyboards and screen readers. What a person chose stays
// until they change it, also over redraws and other sessions.

import { distinct } from "./format.js";

const LONGEST = 30;
const hiddenIn = new Map();

export class Legend {
  #buttons = new Map();

  /** The choices are remembered by this name. */
  constructor(root, name, title) {
    this.root = root;
    root.className = "legend";
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", `Lines of ${title}`);
    if (!hiddenIn.has(name)) hiddenIn.set(name, new Set());
    this.hidden = hiddenIn.get(name);
  }

  isShown(name) { return !this.hidden.has(name); }

  /** lines: [{name, title, look}]; none is shown for a single line. */
  draw(lines) {
    const wanted = lines.length > 1 ? lines : [];
    const names = new Set(wanted.map(l => l.name));
    // A chosen one of many that look alike is found by both its ends.
    const texts = distinct(new Map(wanted.map(l => [l.name, l.name])), LONGEST);
    for (const [name, button] of this.#buttons) if (!names.has(name)) { button.remove(); this.#buttons.delete(name); }
    wanted.forEach((line, i) => {
      let button = this.#buttons.get(line.name);
      if (!button) this.#buttons.set(line.name, button = this.#make(line));
      const text = texts.get(line.name);
      if (button.textContent !== text) {
        button.textContent = text;
        if (text !== line.name) button.setAttribute("aria-label", line.name);
      }
      button.dataset.dash = line.look.dash;
      button.style.setProperty("--line", `var(${line.look.color})`);
      if (this.root.children[i] !== button) this.root.insertBefore(button, this.root.children[i] ?? null);
    });
    this.root.hidden = wanted.length === 0;
  }

  #make({ name, title }) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = title;
    const show = () => button.setAttribute("aria-pressed", String(this.isShown(name)));
    show();
    button.addEventListener("click", () => {
      if (!this.hidden.delete(name)) this.hidden.add(name);
      show();
      dispatchEvent(new Event("pagechange"));
    });
    return button;
  }

  /** Changes whenever what is shown does. */
  get stamp() { return [...this.hidden].join("\u0000"); }
}
