// The page: which session is shown, when it is drawn, and how the server is doing.

import * as api from "./api.js";
import { duration, moment } from "./format.js";
import * as links from "./links.js";
import * as memory from "./memory.js";
import * as numbers from "./numbers.js";
import * as scalars from "./scalars.js";
import { Training } from "./training.js";
import * as viewing from "./view.js";
import * as warnings from "./warnings.js";
import * as workers from "./workers.js";

const POLL = 1000, HEALTH = 5000, FRAME = 250;
const $ = id => document.getElementById(id);
const view = viewing.read();
let all = [], training = null, shown = null, isConnected = true, troubles = [], serverLead = 0, drawnAt = 0, waiting = 0;

function show(session) {
  training?.close();
  for (const part of [scalars, workers, links, memory, numbers]) part.clear();
  shown = session;
  $("loading").hidden = false;
  $("training").hidden = true;
  training = new Training(session.id, { changed: schedule, connection: ok => { if (ok) isConnected = true; schedule(); }, ended: poll });
  training.start(session.end === null || session.state === "lost");
  for (const kind of ["csv", "parquet"]) $(kind).href = api.exportAddress(session.id, kind);
}

// At once where the last drawing is long ago, else when its time has come; never while nobody looks.
function schedule() {
  if (waiting) return;
  waiting = setTimeout(() => requestAnimationFrame(() => { waiting = 0; drawnAt = performance.now(); draw(); }), Math.max(0, drawnAt + FRAME - performance.now()));
}

function draw() {
  document.body.dataset.connection = isConnected ? "on" : "lost";
  drawState();
  const slowOnes = training ? workers.slow(training) : [];
  warnings.draw($("warnings"), warnings.find({ training, session: shown, isConnected, troubles, slowOnes, silence: silence() }));
  $("empty").hidden = all.length > 0 || !isConnected;
  $("loading").hidden = !(all.length > 0 && !training?.isLoaded);
  for (const link of document.querySelectorAll(".needs-session")) link.hidden = !shown;
  if (!training?.isLoaded || training.isEmpty) return;
  $("training").hidden = false;
  numbers.draw($("numbers"), training, shown);
  scalars.draw($("scalars"), training, view);
  workers.draw($("workers"), training, slowOnes);
  links.draw($("links"), training);
  memory.draw($("memory"), training);
}

const silence = () => {
  if (!shown) return 0;
  const told = Date.now() + serverLead - Date.parse(shown.lastMessage);
  return Math.max(0, training?.heard ? Math.min(told, performance.now() - training.heard) : told);
};

function drawState() {
  const state = $("state");
  const set = (name, text) => { state.dataset.state = name; state.textContent = text; };
  if (!isConnected) set("disconnected", "disconnected · retrying");
  else if (!shown) set("loading", all.length ? "loading" : "waiting");
  else if (shown.state === "live") set("live", `live · ${(silence() / 1000).toFixed(1)} s ago`);
  else if (shown.state === "stalled") set("stalled", `stalled · ${duration(silence())}`);
  else set(shown.state, `${shown.state} · ran ${duration(Date.parse(shown.end) - Date.parse(shown.start))}`);
}

function drawPicker() {
  const picker = $("session");
  const options = all.map(s => [s.id, `${s.state === "live" ? "● " : ""}${moment(s.start)} · ${s.peer} · ${duration(Date.parse(s.end ?? s.lastMessage) - Date.parse(s.start))} · ${s.state}`]);
  if (picker.options.length !== options.length || options.some(([id], i) => picker.options[i].value !== id)) {
    picker.replaceChildren(...options.map(([id]) => new Option("", id)));
  }
  options.forEach(([, text], i) => { if (picker.options[i].text !== text) picker.options[i].text = text; });
  picker.disabled = options.length === 0;
  if (!options.length) picker.replaceChildren(new Option("No session yet"));
  if (shown) picker.value = shown.id;
}

let polling = false;
async function poll() {
  if (polling) return;
  polling = true;
  try {
    all = await api.sessions();
    isConnected = true;
    const wanted = all.find(s => s.id === view.session) ?? (view.session && shown ? null : all[0]);
    const follow = !view.session && all[0] && shown?.id !== all[0].id;
    if (wanted && (shown?.id !== wanted.id || follow)) show(wanted);
    else {
      const now = all.find(s => s.id === shown?.id);
      // It goes on after it had ended for the page: listen again.
      if (now && shown.end !== null && now.end === null && shown.state !== "lost") show(now);
      else if (now) shown = now;
    }
    if (training?.needsLoad) { training.needsLoad = false; training.load(); }
    if (!all.length) await tellHow();
    await linkTensorBoard();
  } catch {
    isConnected = false;
  } finally {
    polling = false;
  }
  drawPicker();
  schedule();
}

async function checkHealth() {
  try {
    const before = Date.now();
    troubles = await api.troubles();
    serverLead = Date.now() - before > 2000 ? serverLead : 0;
  } catch {
    // The poll tells where the server is away.
    troubles = [];
  }
}

// Hidden where nobody has told the server.
let isLinked = false;
async function linkTensorBoard() {
  if (isLinked) return;
  const { tensorBoard } = await api.server();
  isLinked = true;
  if (!tensorBoard) return;
  $("tensorboard").href = tensorBoard;
  $("tensorboard").hidden = false;
}

async function tellHow() {
  if ($("howto").textContent) return;
  const { port } = await api.server();
  const host = location.hostname;
  const address = host === "localhost" || host === "[::1]" ? '"127.0.0.1"' : /^[\d.]+$/.test(host) ? `"${host}"` : `socket.gethostbyname("${host}")`;
  $("howto").textContent = `import nntile${address.startsWith("socket") ? ", socket" : ""}\nctx = nntile.Context(ncpu=4, ncuda=1, logger=1, logger_addr=${address}, logger_port=${port})`;
}

function controls() {
  const changed = () => { viewing.write(view); schedule(); };
  $("smooth").value = view.smooth;
  $("smooth-value").value = view.smooth.toFixed(2);
  $("x").value = view.x;
  $("log").checked = view.log;
  $("smooth").addEventListener("input", e => { view.smooth = Number(e.target.value); $("smooth-value").value = view.smooth.toFixed(2); changed(); });
  $("x").addEventListener("change", e => { view.x = e.target.value; changed(); });
  $("log").addEventListener("change", e => { view.log = e.target.checked; changed(); });
  $("session").addEventListener("change", e => {
    // The newest one is followed without naming it.
    view.session = e.target.value === all[0]?.id ? "" : e.target.value;
    show(all.find(s => s.id === e.target.value));
    changed();
  });
  addEventListener("pagechange", schedule);
}

controls();
poll();
checkHealth();
setInterval(poll, POLL);
setInterval(checkHealth, HEALTH);
