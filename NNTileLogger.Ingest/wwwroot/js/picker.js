// The list of sessions: start, peer, length and state of each.

import { duration, moment } from "./format.js";

export function drawPicker(picker, all, shown) {
  const options = all.map(s => [s.id, `${s.state === "live" ? "● " : ""}${moment(s.start)} · ${s.peer} · ${duration(Date.parse(s.end ?? s.lastMessage) - Date.parse(s.start))} · ${s.state}`]);
  if (options.length === 0) {
    if (!picker.disabled || picker.options.length !== 1) picker.replaceChildren(new Option("No session yet", ""));
  } else if (picker.options.length !== options.length || options.some(([id], i) => picker.options[i].value !== id)) {
    picker.replaceChildren(...options.map(([id, text]) => new Option(text, id)));
  } else {
    options.forEach(([, text], i) => { if (picker.options[i].text !== text) picker.options[i].text = text; });
  }
  picker.disabled = options.length === 0;
  if (shown && picker.value !== shown.id) picker.value = shown.id;
}
