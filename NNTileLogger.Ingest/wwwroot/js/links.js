// The links as a matrix: rows send, columns receive. A table, so that keyboards and screen readers know the way.

import { LineChart, palette } from "./chart.js";
import { clock, fixed, labels, natural, number } from "./format.js";

const ARROW = "->";
const LINK = "Perf/Data_link_GB/s", SEND = "Perf/Data_send_GB/s", RECEIVE = "Perf/Data_recv_GB/s";
let table = null, nodesShown = "", cells = new Map(), chosen = null, chart = null;

export const links = training => training.all("bus").filter(s => s.tag === LINK);

export function draw(root, training) {
  const all = links(training);
  document.getElementById("links-card").hidden = all.length === 0;
  document.getElementById("link-card").hidden = all.length === 0;
  root.closest(".machine").classList.toggle("no-links", all.length === 0);
  if (all.length === 0) return;
  const known = new Set(training.all("bus").filter(s => s.tag !== LINK).map(s => s.run));
  const ends = new Map(all.map(s => [s, split(s.run, known)]));
  const nodes = [...new Set([...ends.values()].flat())].sort((a, b) => isHost(b) - isHost(a) || natural(a, b));
  if (nodesShown !== nodes.join("\n") + all.length) make(root, training, nodes, all, ends);
  const best = Math.max(...all.map(s => finite(s.last.value)), 1e-9);
  for (const s of all) {
    const cell = cells.get(s.run), text = fixed(s.last.value);
    if (cell.textContent !== text) cell.textContent = text;
    cell.style.setProperty("--heat", (finite(s.last.value) / best).toFixed(2));
  }
  for (const head of table.querySelectorAll("th[data-node]")) {
    const s = training.find(head.dataset.node, head.dataset.way);
    head.title = `${head.dataset.node}: ${head.dataset.way === SEND ? "sends" : "receives"} ${s ? number(s.last.value) : "?"} GB/s over all links`;
  }
  if (chosen) drawChosen(training);
}

export function clear() {
  table?.remove();
  chart?.dispose();
  document.getElementById("link").hidden = true;
  document.getElementById("link").removeAttribute("_echarts_instance_");
  document.getElementById("link-hint").hidden = false;
  document.getElementById("link-title").textContent = "Link over time";
  table = chosen = chart = null;
  nodesShown = "";
  cells = new Map();
}

const finite = v => Number.isFinite(v) ? v : 0;
const isHost = name => /numa|ram|cpu/i.test(name);

// A name may hold the arrow itself: the cut is where both ends are nodes.
function split(run, nodes) {
  let at = run.indexOf(ARROW);
  for (let i = at; i >= 0; i = run.indexOf(ARROW, i + 1)) {
    if (nodes.has(run.slice(0, i)) && nodes.has(run.slice(i + ARROW.length))) { at = i; break; }
  }
  return [run.slice(0, at), run.slice(at + ARROW.length)];
}

function make(root, training, nodes, all, ends) {
  table?.remove();
  nodesShown = nodes.join("\n") + all.length;
  cells = new Map();
  const short = labels(nodes);
  table = document.createElement("table");
  table.className = "matrix";
  const head = table.createTHead().insertRow();
  head.append(document.createElement("td"), ...nodes.map(n => header(short.get(n), n, "col", RECEIVE)));
  const body = table.createTBody();
  for (const from of nodes) {
    const row = body.insertRow();
    row.append(header(short.get(from), from, "row", SEND));
    for (const to of nodes) {
      const link = all.find(s => ends.get(s)[0] === from && ends.get(s)[1] === to);
      const cell = row.insertCell();
      if (!link) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.title = `${from} → ${to}`;
      button.setAttribute("aria-pressed", String(chosen?.run === link.run));
      button.addEventListener("click", () => choose(training, link, `${short.get(from)} → ${short.get(to)}`));
      cells.set(link.run, button);
      cell.append(button);
    }
  }
  root.append(table);
}

function header(text, name, scope, way) {
  const th = document.createElement("th");
  th.scope = scope;
  th.textContent = text;
  Object.assign(th.dataset, { node: name, way });
  return th;
}

function choose(training, link, title) {
  chosen = link;
  for (const [run, button] of cells) button.setAttribute("aria-pressed", String(run === link.run));
  document.getElementById("link-title").textContent = `${title}, GB/s`;
  document.getElementById("link-hint").hidden = true;
  document.getElementById("link").hidden = false;
  if (!link.hasHistory) training.loadHistory(link).catch(e => console.warn("cannot load the link", e));
  chosen.drawn = -1;
  drawChosen(training);
}

function drawChosen() {
  if (chosen.drawn === chosen.version) return;
  chosen.drawn = chosen.version;
  chart ??= new LineChart(document.getElementById("link"));
  const options = {
    x: "wall", fromZero: true, format: v => `${number(v)} GB/s`, xFormat: null,
    label: `${chosen.run}: ${number(chosen.last.value)} GB/s at ${clock(chosen.last.time)}`,
    recolor() { this.lines = lines(); },
  };
  const lines = () => [{ name: chosen.run, color: palette()[0], data: chosen.points.map(p => [p.time, Number.isFinite(p.value) ? p.value : null]) }];
  options.lines = lines();
  chart.draw(options);
}
