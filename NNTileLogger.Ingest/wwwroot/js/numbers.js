// The six numbers a person asks for.

import { count, fixed, number, scaled } from "./format.js";
import { links } from "./links.js";
import { isCpu } from "./workers.js";

const tiles = new Map();

export function draw(root, training, session) {
  const workers = training.all("worker"), sum = all => all.reduce((t, s) => t + (Number.isFinite(s.last.value) ? s.last.value : 0), 0);
  const speed = sum(workers);
  const memory = training.all("memory"), gpu = memory.filter(s => !isCpu(s.run) && !/numa|ram/i.test(s.run));
  const scalars = training.all("scalar");
  const main = scalars.find(s => /train.*loss/i.test(s.tag)) ?? scalars.find(s => /loss/i.test(s.tag)) ?? scalars[0];
  const traffic = links(training);
  const shown = [];
  const rate = v => scaled(v, "GFlop/s", "TFlop/s");
  if (workers.length) {
    shown.push(["All workers", ...rate(speed), "Sum of the last value of each worker"]);
    const best = workers.reduce((t, s) => t + Math.max(0, s.best), 0), [text, unit] = rate(best);
    if (best > 0) shown.push(["All at their best", text, `${unit} · now ${Math.round(speed / best * 100)} %`, "Sum of the best that each worker has shown in this session, whenever that was"]);
  }
  if (traffic.length) shown.push(["Links", fixed(sum(traffic)), "GB/s", "Sum of the last value of each link"]);
  if (memory.length) shown.push([gpu.length ? "GPU memory" : "Memory", fixed(sum(gpu.length ? gpu : memory)), "GiB in use", "Sum of the last value of each node"]);
  if (main) shown.push([main.tag, number(main.last.value), `step ${count(main.last.step)}`, main.tag]);
  shown.push(["Received", count(session?.points ?? 0), session?.end ? "points" : `points · ${count(training.pointsPerSecond)}/s`, "Points taken in so far, and of the last 5 s"]);
  const names = new Set(shown.map(s => s[0]));
  for (const [name, tile] of tiles) if (!names.has(name)) { tile.remove(); tiles.delete(name); }
  shown.forEach(([name, text, unit, title], i) => {
    let tile = tiles.get(name);
    if (!tile) tiles.set(name, tile = make(name, title));
    if (root.children[i] !== tile) root.insertBefore(tile, root.children[i] ?? null);
    if (tile.shown === text + unit) return;
    tile.shown = text + unit;
    tile.querySelector("b").textContent = text;
    tile.querySelector(".unit").textContent = unit;
  });
}

export function clear() { for (const tile of tiles.values()) tile.remove(); tiles.clear(); }

function make(name, title) {
  const tile = document.createElement("div");
  tile.className = "number";
  tile.title = title;
  tile.innerHTML = `<span class="name"></span><span class="value"><b></b><span class="unit"></span></span>`;
  tile.querySelector(".name").textContent = name;
  return tile;
}
