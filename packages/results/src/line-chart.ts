/** A chart in panels side by side, which share their axes. */
export interface LineChart {
  title: string;
  /** Under the horizontal axis. */
  across: string;
  /** Beside the vertical one. */
  up: string;
  /** The places on the horizontal axis, in order and equally far apart. */
  places: readonly string[];
  panels: readonly { title: string; curves: readonly ChartCurve[] }[];
}

/** A curve over the places; where nothing was measured there is no point. */
interface ChartCurve {
  name: string;
  /** Curves of one colour are told apart by their dashes. Default: their places in the legend. */
  colour?: number | undefined;
  points: readonly ({ value: number; deviation?: number | undefined } | undefined)[];
}

const PANEL = { width: 300, height: 200, left: 46, top: 30, gap: 30 };
const LINE_HEIGHT = 18;
const STYLE = `<style>
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #1f2328 }
.grid { stroke: #d0d7de } .axis { stroke: #57606a }
.c0 { --c: #0969da } .c1 { --c: #bc4c00 } .c2 { --c: #1a7f37 } .c3 { --c: #8250df } .c4 { --c: #bf3989 } .c5 { --c: #6e7781 }
.d1 { --d: 6 4 } .d2 { --d: 2 3 }
.curve { fill: none; stroke-dasharray: var(--d, none); stroke: var(--c); stroke-width: 2 } .dot { fill: var(--c) } .error { stroke: var(--c); stroke-width: 1.2 }
@media (prefers-color-scheme: dark) {
text { fill: #9da7b1 } .title { fill: #e6edf3 } .grid { stroke: #30363d } .axis { stroke: #8b949e }
.c0 { --c: #58a6ff } .c1 { --c: #f0883e } .c2 { --c: #3fb950 } .c3 { --c: #bc8cff } .c4 { --c: #f778ba } .c5 { --c: #9da7b1 }
}
</style>`;
const COLOURS = 6;
const DASHES = 2;

/** The chart as an SVG document that can be read on light and on dark pages. */
export function lineChartSvg({ title, across, up, places, panels }: LineChart): string {
  const legend = stylesOf(panels.flatMap(({ curves }) => curves));
  const scale = valueScale(panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points)));
  const { width, height, left, top, gap } = PANEL;
  const whole = left + panels.length * (width + gap);
  const legendTop = top + height + 3 * LINE_HEIGHT;
  const tall = legendTop + legend.size * LINE_HEIGHT + 8;
  const parts = panels.map((panel, i) => panelSvg(panel, { legend, places, scale, left: left + i * (width + gap) }));
  const names = [...legend].map(([name, style], i) => {
    const y = legendTop + i * LINE_HEIGHT;
    return (
      `<g class="${style}"><path class="curve" d="M${left} ${y - 4}h24"/>` +
      `<text x="${left + 32}" y="${y}">${escaped(name)}</text></g>`
    );
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole} ${tall}" role="img" aria-label="${escaped(title)}">`,
    STYLE,
    ...parts,
    `<text x="${left + width / 2}" y="${top + height + 2 * LINE_HEIGHT}" text-anchor="middle">${escaped(across)}</text>`,
    `<text transform="translate(12 ${top + height / 2}) rotate(-90)" text-anchor="middle">${escaped(up)}</text>`,
    ...names,
    '</svg>',
  ].join('\n')}\n`;
}

/** Of each curve's name its colour, and dashes where an earlier one has the same. */
function stylesOf(curves: readonly ChartCurve[]): Map<string, string> {
  const styles = new Map<string, string>();
  for (const { name, colour = styles.size } of curves) {
    if (styles.has(name)) continue;
    const style = `c${colour % COLOURS}`;
    const taken = [...styles.values()].filter((other) => other.startsWith(style)).length;
    styles.set(name, taken === 0 ? style : `${style} d${Math.min(taken, DASHES)}`);
  }
  return styles;
}

interface Scale {
  low: number;
  high: number;
  step: number;
}

function panelSvg(
  { title, curves }: LineChart['panels'][number],
  {
    legend,
    places,
    scale,
    left,
  }: { legend: Map<string, string>; places: readonly string[]; scale: Scale; left: number },
): string {
  const { width, height, top } = PANEL;
  const x = (place: number) => left + ((place + 0.5) / places.length) * width;
  const y = (value: number) => top + height * (1 - (value - scale.low) / (scale.high - scale.low));
  const lines: string[] = [`<text class="title" x="${left}" y="${top - 12}">${escaped(title)}</text>`];
  for (let value = scale.low; value <= scale.high; value += scale.step) {
    lines.push(`<path class="grid" d="M${left} ${short(y(value))}h${width}"/>`);
    lines.push(`<text x="${left - 6}" y="${short(y(value) + 4)}" text-anchor="end">${value}</text>`);
  }
  lines.push(`<path class="axis" d="M${left} ${top + height}h${width}"/>`);
  for (const [i, place] of places.entries()) {
    lines.push(
      `<text x="${short(x(i))}" y="${top + height + LINE_HEIGHT}" text-anchor="middle">${escaped(place)}</text>`,
    );
  }
  for (const { name, points } of curves) {
    const there = points.flatMap((point, i) => (point === undefined ? [] : [{ ...point, at: x(i) }]));
    const path = there.map(({ at, value }, i) => `${i === 0 ? 'M' : 'L'}${short(at)} ${short(y(value))}`).join('');
    const marks = there.map(({ at, value, deviation }) => {
      const error =
        deviation === undefined
          ? ''
          : `<path class="error" d="M${short(at)} ${short(y(value - deviation))}V${short(y(value + deviation))}"/>`;
      return `${error}<circle class="dot" cx="${short(at)}" cy="${short(y(value))}" r="3"/>`;
    });
    lines.push(`<g class="${legend.get(name)}"><path class="curve" d="${path}"/>${marks.join('')}</g>`);
  }
  return lines.join('\n');
}

/** Round steps around all values and their deviations. */
function valueScale(points: readonly ChartCurve['points'][number][]): Scale {
  const ends = points.flatMap((point) =>
    point === undefined ? [] : [point.value - (point.deviation ?? 0), point.value + (point.deviation ?? 0)],
  );
  const [least, most] = ends.length === 0 ? [0, 1] : [Math.min(...ends), Math.max(...ends)];
  const step = [1, 2, 5, 10, 20].find((size) => (most - least) / size <= 6) ?? 25;
  return { low: Math.floor(least / step) * step, high: Math.max(1, Math.ceil(most / step)) * step, step };
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
