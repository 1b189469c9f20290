// The links as a matrix: rows send, columns receive. A table, so that screen readers know the way; arrow keys go about.

import { look, LineChart } from "./chart.js";
import { clock, fixed, labels, natural, number } from "./format.js";

const ARROW = "->";
const LINK = "Perf/Data_link_GB/s", SEND = "Perf/Data_send_GB/s", RECEIVE = "Perf/Data_recv_GB/s";
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
let table = null, nodesShown = "", cells = new Map(), sums = [], chosen = null, chart = null;

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
    const cell = cells.get(s.run), text = fixed(s.last.value), heat = (finite(s.last.value) / best).toFixed(2);
    if (cell.heat !== heat) cell.button.style.setProperty("--heat", cell.heat = heat);
    if (cell.text === text) continue;
    cell.button.textContent = cell.text = text;
    cell.button.setAttribute("aria-label", `${cell.title}: ${text} GB/s`);
  }
  for (const { node, way, head, cell } of sums) {
    const s = training.find(node, way), text = s ? fixed(s.last.value) : "–";
    if (cell.textContent === text) continue;
    cell.textContent = text;
    head.title = `${node}: ${way === SEND ? "sends" : "receives"} ${s ? number(s.last.value) : "?"} GB/s over all links`;
  }
  if (chosen) drawChosen();
}

export function clear() {
  table?.remove();
  chart?.dispose();
  document.getElementById("link").hidden = true;
  document.getElementById("link-hint").hidden = false;
  document.getElementById("link-title").textContent = "Link over time";
  table = chosen = chart = null;
  nodesShown = "";
  cells = new Map();
  sums = [];
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
  const focused = [...cells].find(([, { button }]) => button === document.activeElement)?.[0];
  table?.remove();
  nodesShown = nodes.join("\n") + all.length;
  cells = new Map();
  sums = [];
  const short = labels(nodes), byEnds = new Map(all.map(s => [ends.get(s).join("\n"), s]));
  table = document.createElement("table");
  table.className = "matrix";
  const head = table.createTHead().insertRow();
  const columns = nodes.map(n => header(short.get(n), "col"));
  head.append(document.createElement("td"), ...columns, header("sends", "col"));
  const body = table.createTBody();
  for (const from of nodes) {
    const row = body.insertRow();
    const title = header(short.get(from), "row");
    row.append(title);
    for (const to of nodes) {
      const link = byEnds.get(`${from}\n${to}`), cell = row.insertCell();
      if (link) cell.append(makeButton(training, link, `${from} → ${to}`, `${short.get(from)} → ${short.get(to)}`));
    }
    addSum(row, from, SEND, title);
  }
  const last = body.insertRow();
  last.append(header("receives", "row"));
  nodes.forEach((to, i) => addSum(last, to, RECEIVE, columns[i]));
  last.insertCell();
  body.addEventListener("keydown", move);
  root.append(table);
  (cells.get(focused ?? chosen?.run) ?? cells.values().next().value).button.tabIndex = 0;
  cells.get(focused)?.button.focus();
}

function makeButton(training, link, title, short) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = title;
  // One stop of the Tab key for the whole matrix; arrow keys move it.
  button.tabIndex = -1;
  button.setAttribute("aria-pressed", String(chosen?.run === link.run));
  button.addEventListener("click", () => choose(training, link, short));
  button.addEventListener("focus", () => {
    for (const cell of cells.values()) cell.button.tabIndex = -1;
    button.tabIndex = 0;
  });
  cells.set(link.run, { button, title });
  return button;
}

// To the next link in that direction: there is none from a node to itself.
function move(event) {
  const way = MOVES[event.key], cell = event.target.closest("td");
  if (!way || !cell) return;
  event.preventDefault();
  const rows = table.tBodies[0].rows;
  for (let row = cell.parentElement.sectionRowIndex + way[0], column = cell.cellIndex + way[1]; rows[row]?.cells[column]; row += way[0], column += way[1]) {
    const button = rows[row].cells[column].querySelector("button");
    if (button) { button.focus(); return; }
  }
}

function header(text, scope) {
  const th = document.createElement("th");
  th.scope = scope;
  th.textContent = text;
  return th;
}

// Of a row all that its node sends, of a column all that it receives.
function addSum(row, node, way, head) {
  const cell = row.insertCell();
  cell.className = "sum";
  sums.push({ node, way, head, cell });
}

function choose(training, link, title) {
  chosen = link;
  for (const [run, { button }] of cells) button.setAttribute("aria-pressed", String(run === link.run));
  document.getElementById("link-title").textContent = `${title}, GB/s`;
  document.getElementById("link-hint").hidden = true;
  document.getElementById("link").hidden = false;
  if (!link.hasHistory) training.loadHistory(link).catch(e => console.warn("cannot load the link", e));
  chosen.drawn = -1;
  drawChosen();
}

function drawChosen() {
  if (chosen.drawn === chosen.version) return;
  chosen.drawn = chosen.version;
  chart ??= new LineChart(document.getElementById("link"));
  chart.draw({
    x: "wall", fromZero: true, format: v => `${number(v)} GB/s`,
    label: `${chosen.run}: ${number(chosen.last.value)} GB/s at ${clock(chosen.last.time)}`,
    lines: [{ name: chosen.run, look: look(0), data: chosen.points.map(p => [p.time, Number.isFinite(p.value) ? p.value : null]) }],
  });
}
