// Line charts in the page's own colours. ECharts does the drawing.

const COLORS = 9;
const DASHES = ["solid", "dashed", "dotted"];

let known = new Map();
const css = name => {
  if (!known.has(name)) known.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return known.get(name);
};

const charts = new Set();
const sizes = new ResizeObserver(() => { for (const c of charts) c.fit(); });
addEventListener("themechange", () => { known = new Map(); for (const c of charts) c.redraw(); });

/** What the line of a number looks like: nine colours, and a dash behind them. */
export const look = i => ({ color: `--c${i % COLORS + 1}`, dash: DASHES[Math.floor(i / COLORS) % DASHES.length] });

export class LineChart {
  constructor(element) {
    this.element = element;
    element.setAttribute("role", "img");
    charts.add(this);
    sizes.observe(element);
  }

  /** lines: [{name, look, data, pale, marks}]; marks stand where a value was no number. */
  draw(options) {
    this.options = options;
    if (!this.echart) {
      this.echart = globalThis.echarts.init(this.element, null, { renderer: "canvas" });
      this.echart.setOption({ animation: false });
    }
    if (this.element.getAttribute("aria-label") !== options.label) this.element.setAttribute("aria-label", options.label);
    const pale = css("--pale"), span = spanOf(options.lines);
    const axis = { axisLabel: { color: pale, fontSize: 11, hideOverlap: true }, axisLine: { lineStyle: { color: css("--edge") } }, axisTick: { lineStyle: { color: css("--edge") } } };
    // Only the lines are replaced: what the pointer shows stays.
    this.echart.setOption({
      grid: { left: 4, right: 16, top: 12, bottom: 2, containLabel: true },
      tooltip: { trigger: "axis", confine: true, backgroundColor: css("--card"), borderColor: css("--edge"), textStyle: { color: css("--text"), fontSize: 12 }, valueFormatter: v => v == null ? "–" : options.format(v), axisPointer: { lineStyle: { color: pale }, label: { show: false } } },
      xAxis: { ...axis, type: options.x === "wall" ? "time" : "value", min: "dataMin", max: "dataMax", splitNumber: Math.max(2, Math.min(6, Math.floor(this.element.clientWidth / 90))), splitLine: { show: false }, axisLabel: { ...axis.axisLabel, alignMinLabel: "left", alignMaxLabel: "right", formatter: options.x === "wall" ? timeFormat(span.x) : options.xFormat } },
      yAxis: { ...axis, type: options.log ? "log" : "value", scale: !options.fromZero, axisLine: { show: false }, splitLine: { lineStyle: { color: css("--faint") } }, splitNumber: 4, axisLabel: { ...axis.axisLabel, formatter: v => short(v, options.log ? 0 : options.fromZero ? span.top : span.y) } },
      series: options.lines.map(l => ({
        name: l.name, type: "line", data: l.data, showSymbol: l.data.length === 1, symbolSize: 6, sampling: "minmax", connectNulls: true, silent: true,
        lineStyle: { color: css(l.look.color), type: l.look.dash, width: l.pale ? 1 : 1.8, opacity: l.pale ? .35 : 1 }, itemStyle: { color: css(l.look.color) }, z: l.pale ? 1 : 2, emphasis: { disabled: true },
        ...(l.pale ? { tooltip: { show: false } } : {}),
        markPoint: { symbol: "triangle", symbolSize: 11, silent: true, data: (l.marks ?? []).map(m => ({ coord: m.at, value: m.text, itemStyle: { color: css("--bad") }, label: { show: m.isNamed, position: m.isLate ? "left" : "right", color: css("--bad"), fontSize: 11, fontWeight: 600, backgroundColor: css("--card"), padding: [1, 3], formatter: "{c}" } })) },
      })),
    }, { replaceMerge: ["series"] });
  }

  redraw() { if (this.options) this.draw(this.options); }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!this.echart || width === 0 || (width === this.echart.getWidth() && height === this.echart.getHeight())) return;
    this.echart.resize();
    this.redraw();
  }

  dispose() {
    charts.delete(this);
    sizes.unobserve(this.element);
    this.echart?.dispose();
  }
}

function spanOf(lines) {
  let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
  for (const { data } of lines) {
    for (const [x, y] of data) {
      if (x < left) left = x;
      if (x > right) right = x;
      if (y === null) continue;
      if (y < low) low = y;
      if (y > high) high = y;
    }
  }
  return { x: right - left, y: high - low, top: Math.max(high, 0) };
}

function timeFormat(span) {
  const two = n => String(n).padStart(2, "0");
  return v => {
    const d = new Date(v), clock = `${two(d.getHours())}:${two(d.getMinutes())}`;
    if (span < 10 * 60 * 1000) return `${clock}:${two(d.getSeconds())}`;
    return span < 24 * 3600 * 1000 ? clock : `${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock}`;
  };
}

// In as many digits as tell one label of the axis from the next.
function short(v, span) {
  const size = Math.abs(v);
  if (size === 0) return "0";
  const digits = span > 0 ? Math.min(9, Math.max(2, Math.ceil(Math.log10(size / span * 10)) + 1)) : 4;
  if (size >= 1e6 || size < 1e-3) return v.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e");
  return size >= 1000 ? Math.round(v).toLocaleString("en-US") : String(+v.toPrecision(Math.max(4, digits)));
}
