// Line charts in the page's own colours. ECharts does the drawing.

const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const palette = () => Array.from({ length: 9 }, (_, i) => css(`--c${i + 1}`));

const charts = new Set();
new ResizeObserver(() => { for (const c of charts) c.fit(); }).observe(document.body);
addEventListener("themechange", () => { for (const c of charts) c.redraw(); });

export class LineChart {
  constructor(element) {
    this.element = element;
    element.setAttribute("role", "img");
    charts.add(this);
  }

  /** lines: [{name, color, data, pale, marks}]; marks stand where a value was no number. */
  draw(options) {
    this.options = options;
    this.echart ??= globalThis.echarts.init(this.element, null, { renderer: "canvas" });
    this.element.setAttribute("aria-label", options.label);
    const pale = css("--pale"), edge = css("--faint");
    const axis = { axisLabel: { color: pale, fontSize: 11, hideOverlap: true }, axisLine: { lineStyle: { color: css("--edge") } } };
    const named = options.lines.filter(l => !l.pale).map(l => l.name);
    this.echart.setOption({
      animation: false,
      grid: { left: 4, right: 14, top: named.length > 1 ? 30 : 12, bottom: 2, containLabel: true },
      legend: named.length > 1 ? { type: "scroll", data: named, top: 0, right: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 3, textStyle: { color: pale, fontSize: 11 }, pageTextStyle: { color: pale }, pageIconColor: css("--accent"), formatter: n => n.length > 26 ? `${n.slice(0, 12)}…${n.slice(-12)}` : n } : { show: false },
      tooltip: { trigger: "axis", confine: true, backgroundColor: css("--card"), borderColor: css("--edge"), textStyle: { color: css("--text"), fontSize: 12 }, valueFormatter: v => v == null ? "–" : options.format(v), axisPointer: { label: { show: false } } },
      xAxis: { ...axis, type: options.x === "wall" ? "time" : "value", min: "dataMin", max: "dataMax", splitLine: { show: false }, axisLabel: { ...axis.axisLabel, ...(options.xFormat ? { formatter: options.xFormat } : {}) } },
      yAxis: { ...axis, type: options.log ? "log" : "value", scale: !options.fromZero, axisLine: { show: false }, splitLine: { lineStyle: { color: edge } }, splitNumber: 4, axisLabel: { ...axis.axisLabel, formatter: v => short(v) } },
      series: options.lines.map(l => ({
        name: l.name, type: "line", data: l.data, showSymbol: l.data.length === 1, symbolSize: 6, sampling: "minmax", connectNulls: true, silent: !!l.pale,
        lineStyle: { color: l.color, width: l.pale ? 1 : 1.8, opacity: l.pale ? .3 : 1 }, itemStyle: { color: l.color }, z: l.pale ? 1 : 2, emphasis: { disabled: true },
        ...(l.pale ? { tooltip: { show: false } } : {}),
        markPoint: l.marks?.length ? { symbol: "triangle", symbolSize: 11, silent: true, data: l.marks.map(m => ({ coord: m.at, value: m.text, itemStyle: { color: css("--bad") }, label: { show: m.isNamed, position: m.isLate ? "left" : "right", color: css("--bad"), fontSize: 11, fontWeight: 600, formatter: "{c}" } })) } : undefined,
      })),
    }, true);
  }

  redraw() { if (this.options) { this.options.recolor?.(); this.draw(this.options); } }

  fit() { if (this.echart && this.element.clientWidth !== this.echart.getWidth()) this.echart.resize(); }

  dispose() {
    charts.delete(this);
    this.echart?.dispose();
  }
}

function short(v) {
  const size = Math.abs(v);
  if (size === 0) return "0";
  if (size >= 1e6 || size < 1e-3) return v.toExponential(1).replace("e+", "e");
  return String(+v.toPrecision(4)).replace(/\B(?=(\d{3})+(?!\d))/g, size >= 1000 ? "," : "");
}
