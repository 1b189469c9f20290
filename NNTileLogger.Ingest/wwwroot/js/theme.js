// Runs before the first paint, so that a chosen theme does not flash. The choice stays in this browser.
(() => {
  // The server went while the page was being loaded: none of its other scripts can say so.
  addEventListener("error", event => {
    if (event.target.tagName !== "SCRIPT") return;
    const note = document.getElementById("loading");
    if (note) note.textContent = "The page did not load whole; trying again …";
    setTimeout(() => location.reload(), 3000);
  }, true);
  const names = ["system", "light", "dark"];
  const stored = () => { try { return localStorage.getItem("nntile-theme") ?? "system"; } catch { return "system"; } };
  const apply = name => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
  };
  apply(stored());
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    let current = names.includes(stored()) ? stored() : "system";
    const show = () => { button.textContent = `Theme: ${current}`; };
    show();
    button.addEventListener("click", () => {
      current = names[(names.indexOf(current) + 1) % names.length];
      try { localStorage.setItem("nntile-theme", current); } catch { /* Storage is off: the choice lasts as long as the page. */ }
      apply(current);
      show();
      dispatchEvent(new Event("themechange"));
    });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("themechange")));
})();
