// What the person has chosen, kept in the address so that a view can be shared.

const defaults = { session: "", x: "step", log: false, smooth: 0.6 };

export function read() {
  const q = new URLSearchParams(location.search);
  const smooth = q.has("smooth") ? Number(q.get("smooth")) : defaults.smooth;
  return {
    session: q.get("session") ?? "",
    x: ["step", "relative", "wall"].includes(q.get("x")) ? q.get("x") : defaults.x,
    log: q.get("log") === "1",
    smooth: smooth >= 0 && smooth <= 0.99 ? smooth : defaults.smooth,
  };
}

export function write(view) {
  const q = new URLSearchParams();
  if (view.session) q.set("session", view.session);
  if (view.x !== defaults.x) q.set("x", view.x);
  if (view.log) q.set("log", "1");
  if (view.smooth !== defaults.smooth) q.set("smooth", view.smooth);
  history.replaceState(null, "", q.size ? `?${q}` : location.pathname);
}
