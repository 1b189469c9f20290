// Which points of a curve stay, and how a curve is smoothed. Pure functions.

/**
 * Makes points fewer by buckets of so many steps, the same over the whole curve: its beginning stays as fine as its end
 * however often this is done. Of each bucket the lowest, the highest and both ends of what is no number stay.
 * @returns {points, width} with no more than so many points, and the buckets' width that took.
 */
export function thin(points, width, most) {
  let kept = points;
  while (kept.length > most) {
    width *= 2;
    kept = choose(kept, width);
  }
  return { points: kept, width };
}

function choose(points, width) {
  const kept = [];
  for (let start = 0; start < points.length;) {
    const bucket = Math.floor(points[start].step / width);
    let end = start, low = -1, high = -1, firstOdd = -1, lastOdd = -1;
    for (; end < points.length && Math.floor(points[end].step / width) === bucket; end++) {
      const { value } = points[end];
      if (!Number.isFinite(value)) { if (firstOdd < 0) firstOdd = end; lastOdd = end; continue; }
      if (low < 0 || value < points[low].value) low = end;
      if (high < 0 || value > points[high].value) high = end;
    }
    const places = [low, high, firstOdd, lastOdd, start === 0 ? 0 : -1, end === points.length ? end - 1 : -1];
    for (const i of [...new Set(places)].filter(i => i >= 0).sort((a, b) => a - b)) kept.push(points[i]);
    start = end;
  }
  return kept;
}

/** TensorBoard's moving average: debiased, passing over what is no number; what never changes is left as it is. */
export function smooth(points, weight) {
  let last = 0, n = 0;
  // The rounding of its average would be all there is to see: the axis follows what is drawn.
  const first = points.find(p => Number.isFinite(p.value))?.value;
  if (points.every(p => p.value === first || !Number.isFinite(p.value))) weight = 0;
  return points.map(p => {
    if (!Number.isFinite(p.value)) return NaN;
    last = last * weight + (1 - weight) * p.value;
    n++;
    return weight === 0 ? p.value : last / (1 - weight ** n);
  });
}
