// The page: which session is shown, when it is drawn, and how the server is doing.

import * as api from "./api.js";
import { duration } from "./format.js";
import * as links from "./links.js";
import * as memory from "./memory.js";
import * as numbers from "./numbers.js";
import { drawPicker } from "./picker.js";
import * as scalars from "./scalars.js";
import { Training } from "./training.js";
import * as viewing from "./view.js";
import * as warnings from "./warnings.js";
import * as workers from "./workers.js";

const POLL = 1000, HEALTH = 5000, FRAME = 250;
/** A stream that comes back sooner was hardly missed. */
const BROKEN = 2000;
/** As for the server: who says nothing for so long is stalled. */
const STALLED = 5000;
const $ = id => document.getElementById(id);
const view = viewing.read();
let all = [], training = null, shown = null, answers = true, isAsked = false, troubles = [], dropped = { notWritable: 0, tooManySeries: 0 }, lead = 0, drawnAt = 0, waiting = 0;

const isOpen = session => session.state === "live" || session.state === "stalled";
const isConnected = () => answers && !(training?.brokenSince && performance.now() - training.brokenSince > BROKEN);

function leave() {
  training?.close();
  for (const part of [scalars, workers, links, memory, numbers]) part.clear();
  training = shown = null;
  $("training").hidden = true;
}

function show(session) {
  leave();
  shown = session;
  training = new Training(session.id, { changed: schedule, ended: poll });
  if (isOpen(session)) training.listen();
  else training.load();
  for (const kind of ["csv", "parquet"]) $(kind).href = api.exportAddress(session.id, kind);
}

// At once where the last drawing is long ago, else when its time has come; never while nobody looks.
function schedule() {
  if (waiting) return;
  waiting = setTimeout(frame, Math.max(0, drawnAt + FRAME - performance.now()));
}

function frame() {
  let isDrawn = false;
  const go = () => {
    if (isDrawn) return;
    isDrawn = true;
    waiting = 0;
    drawnAt = performance.now();
    draw();
  };
  requestAnimationFrame(go);
  // A browser whose graphics hang gives a page no frames, though it is seen.
  if (!document.hidden) setTimeout(go, 4 * FRAME);
}

function draw() {
  // The stream is ahead of the poll.
  if (shown?.state === "stalled" && silence() < STALLED) shown.state = "live";
  document.body.dataset.connection = isConnected() ? "on" : "lost";
  drawState();
  drawPicker($("session"), all, shown);
  const slowOnes = training ? workers.slow(training) : [];
  warnings.draw($("warnings"), $("announcer"), warnings.find({ training, session: shown, isConnected: isConnected(), troubles, dropped, slowOnes, silence: silence() }));
  $("empty").hidden = all.length > 0 || !isAsked || !isConnected();
  $("loading").hidden = isAsked && (all.length === 0 || training?.isLoaded === true);
  $("nothing").hidden = !training?.isLoaded || !training.isEmpty;
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
  return Math.max(0, training?.heard ? performance.now() - training.heard : Date.now() - lead - Date.parse(shown.lastMessage));
};

function drawState() {
  const state = $("state");
  const set = (name, text) => { state.dataset.state = name; if (state.textContent !== text) state.textContent = text; };
  if (!isConnected()) set("disconnected", "disconnected · retrying");
  else if (!shown) set("loading", all.length || !isAsked ? "loading" : "waiting");
  else if (shown.state === "live") set("live", `live · ${(silence() / 1000).toFixed(1)} s ago`);
  else if (shown.state === "stalled") set("stalled", `stalled · ${duration(silence())}`);
  else set(shown.state, `${shown.state} · ran ${duration(Date.parse(shown.end ?? shown.lastMessage) - Date.parse(shown.start))}`);
}

let polling = false;
async function poll() {
  if (polling) return;
  polling = true;
  try {
    ({ all, lead } = await api.sessions());
    answers = isAsked = true;
    follow();
    training?.hurry();
    if (training?.needsLoad) { training.needsLoad = false; training.load(); }
    if (!all.length) await tellHow();
    await linkTensorBoard();
  } catch {
    answers = false;
  } finally {
    polling = false;
  }
  schedule();
}

// The newest one, or the one that was chosen while it is there.
function follow() {
  const wanted = all.find(s => s.id === view.session) ?? all[0];
  if (!wanted) { if (shown) leave(); return; }
  if (wanted.id !== shown?.id) { show(wanted); return; }
  shown = wanted;
  // It goes on after it had ended for the page, or after the server came back.
  if (isOpen(shown) && !training.isListening) training.listen();
}

async function checkHealth() {
  try {
    troubles = await api.troubles();
    ({ dropped } = await api.server());
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
    follow();
    changed();
  });
  addEventListener("pagechange", schedule);
}

controls();
poll();
checkHealth();
setInterval(poll, POLL);
setInterval(checkHealth, HEALTH);
