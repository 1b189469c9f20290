// Numbers, times and names as people read them. Pure functions.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const count = n => whole.format(n);

/** A number in about four digits; NaN and infinity as words. */
export function number(v) {
  if (Number.isNaN(v)) return "NaN";
  if (!Number.isFinite(v)) return v > 0 ? "Infinity" : "-Infinity";
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return v.toExponential(3);
  if (size >= 1000) return whole.format(v);
  return v.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4);
}

/** A rate or an amount in the unit that fits: [text, unit]. */
export function scaled(v, small, large) {
  return Math.abs(v) >= 10000 ? [fixed(v / 1000), large] : [fixed(v), small];
}

export function fixed(v) {
  if (!Number.isFinite(v)) return number(v);
  return Math.abs(v) >= 100 ? whole.format(v) : v.toFixed(Math.abs(v) >= 10 ? 1 : 2);
}

export const clock = time => new Date(time).toLocaleTimeString("en-GB");

export function moment(iso) {
  const d = new Date(iso), two = n => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

/** A long name, shortened in the middle: both its ends tell it from others. */
export function shorten(name, most = 28) {
  const letters = [...name];
  const half = Math.floor((most - 1) / 2);
  return letters.length <= most ? name : `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`;
}

/** "CUDA 0 (NVIDIA H100)" as its two parts. */
export function parts(name) {
  const match = /^(.{1,40}?) \((.+)\)$/.exec(name);
  return match ? [match[1], match[2]] : [name, ""];
}

/** Short names that still differ: the part before the parenthesis where that is enough. */
export function labels(names) {
  const heads = new Map();
  for (const name of names) heads.set(parts(name)[0], (heads.get(parts(name)[0]) ?? 0) + 1);
  return new Map(names.map(name => [name, shorten(heads.get(parts(name)[0]) === 1 ? parts(name)[0] : name, 18)]));
}

export const natural = new Intl.Collator("en", { numeric: true }).compare;
