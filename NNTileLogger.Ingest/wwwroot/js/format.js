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

/** "CUDA 0 (NVIDIA H100)" as its two parts; clients cut names at 63 bytes, the last parenthesis with them. */
export function parts(name) {
  const match = /^(.{1,40}?) \((.+?)\)?$/.exec(name);
  return match ? [match[1], match[2]] : [name, ""];
}

/** What a worker is, without what differs between two of the same model: "NVIDIA H100 80GB HBM3"; "" where its name does not tell. */
export function model(name) {
  const rest = parts(name)[1];
  // The last word of a cut name may be half a word.
  const whole = name.endsWith(")") ? rest : rest.replace(/\s*\S*$/, "");
  // StarPU adds the memory and the place on the bus: "79.1 GiB 01:00.0".
  return whole.replace(/\s+\d+(\.\d*)?\s+GiB\b.*$|\s+\d+\.\d*$/, "");
}

/** Short names that still differ: the part before the parenthesis where that is enough, else more of the name. */
export function labels(names) {
  const heads = new Map();
  for (const name of names) heads.set(parts(name)[0], (heads.get(parts(name)[0]) ?? 0) + 1);
  return distinct(new Map(names.map(name => [name, heads.get(parts(name)[0]) === 1 ? parts(name)[0] : name])), 18);
}

/** What stands for each name, shortened by no more than keeps them apart: Map of name and text. */
export function distinct(texts, most) {
  const made = new Map();
  let left = [...texts];
  for (let length = most; left.length > 0; length *= 2) {
    const short = left.map(([, text]) => shorten(text, length)), uses = new Map();
    for (const text of [...made.values(), ...short]) uses.set(text, (uses.get(text) ?? 0) + 1);
    const unlike = ([, text], i) => uses.get(short[i]) === 1 || short[i] === text;
    left.forEach((entry, i) => { if (unlike(entry, i)) made.set(entry[0], short[i]); });
    left = left.filter((entry, i) => !unlike(entry, i));
  }
  return made;
}

export const natural = new Intl.Collator("en", { numeric: true }).compare;
