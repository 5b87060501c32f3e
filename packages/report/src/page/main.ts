/// <reference lib="dom" />
import * as Plot from '@observablehq/plot';
import type { Chart, Curve } from '../chart.js';

// The script of the report's page: draws the charts that the page carries as JSON.

const COLORS = ['#4269d0', '#e8871e', '#3ca951', '#c23b75', '#9467bd', '#6cc5b0', '#9c6b4e', '#97bbf5'];
const margins = { marginLeft: 50, marginRight: 14, marginTop: 18, marginBottom: 34 };

interface Point {
  step: number;
  value: number;
  curve: string;
}

function draw(chart: Chart, width: number): SVGSVGElement | HTMLElement {
  const shown = chart.curves.filter(({ style }) => style !== 'faint');
  const named = chart.curves.length > 1;
  return Plot.plot({
    ...margins,
    width,
    height: 240,
    style: { background: 'transparent', fontSize: '11px', overflow: 'visible' },
    x: { label: 'step', tickFormat: compact, nice: false },
    y: {
      label: null,
      grid: true,
      type: chart.scale,
      zero: chart.zero === true && chart.scale === 'linear',
      ...(chart.stacked && { domain: [0, usualTotal(chart)], clamp: true }),
      ...(chart.scale === 'log' ? { ticks: 5, tickFormat: power } : { tickFormat: compact }),
    },
    color: {
      domain: chart.curves.map(({ name }) => name),
      range: chart.curves.map((_, i) => COLORS[i % COLORS.length]!),
      legend: named,
    },
    marks: [
      ...(chart.limits ?? []).flatMap(limitMarks),
      ...(chart.stacked ? [stackedArea(chart)] : chart.curves.map((curve) => line(chart, curve))),
      Plot.ruleX(
        shown.flatMap((curve) => points(chart, curve)),
        Plot.pointerX({ x: 'step', stroke: 'currentColor', strokeOpacity: 0.3 }),
      ),
      Plot.tip(readings(chart, shown), Plot.pointerX({ x: 'step', y: 'value', title: 'text', fontSize: 11 })),
    ],
  });
}

function line(chart: Chart, curve: Curve) {
  return Plot.lineY(points(chart, curve), {
    x: 'step',
    y: 'value',
    stroke: 'curve',
    strokeWidth: curve.style === 'faint' ? 1 : 1.8,
    strokeOpacity: curve.style === 'faint' ? 0.35 : 1,
    ...(curve.style === 'dots' && { marker: 'dot' }),
    ...(curve.style === 'dotted' && { strokeDasharray: '2,4' }),
  });
}

function stackedArea(chart: Chart) {
  return Plot.areaY(
    chart.curves.flatMap((curve) => points(chart, curve)),
    { x: 'step', y: 'value', fill: 'curve', fillOpacity: 0.75, order: chart.curves.map(({ name }) => name) },
  );
}

/** Where the axis of stacked curves ends: a first step that holds compilation would flatten all others. */
function usualTotal(chart: Chart): number {
  const totals = chart.steps.map((_, i) => chart.curves.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  totals.sort((a, b) => a - b);
  const high = totals[Math.floor(0.97 * (totals.length - 1))]!;
  return Math.min(totals.at(-1)!, 1.5 * high) || 1;
}

function limitMarks({ value, label }: { value: number; label: string }) {
  const text = { frameAnchor: 'right', dy: -6, fill: '#dc4a44', fontSize: 10, textAnchor: 'end' } as const;
  return [
    Plot.ruleY([value], { stroke: '#dc4a44', strokeDasharray: '5,4', strokeOpacity: 0.7 }),
    Plot.text([label], { y: () => value, text: (d: string) => d, ...text }),
  ];
}

function points(chart: Chart, curve: Curve): Point[] {
  return chart.steps.flatMap((step, i) => {
    const value = curve.values[i];
    // A logarithmic axis has no place for 0.
    if (value === null || value === undefined || (chart.scale === 'log' && value <= 0)) return [];
    return [{ step, value, curve: curve.name }];
  });
}

/** What the tip says at each step: all curves under each other. */
function readings(chart: Chart, curves: readonly Curve[]) {
  return chart.steps.flatMap((step, i) => {
    const values = curves.map((curve) => curve.values[i]);
    const value = values.find((one) => typeof one === 'number');
    if (value === undefined || value === null || (chart.scale === 'log' && value <= 0)) return [];
    const lines = curves.map(({ name }, k) => `${name}: ${number(values[k])}`);
    return [{ step, value, text: [`step ${step.toLocaleString('en-US')}`, ...lines].join('\n') }];
  });
}

function number(value: number | null | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : 'none';
}

/** 0.0006 as 6e-4, 12000 as 12k, everything between as it is. */
function compact(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  if (size > 0 && size < 0.001) return value.toExponential().replace(/(\.\d{2})\d+/, '$1');
  return String(Number(value.toPrecision(5)));
}

/** Only powers of ten are named on a logarithmic axis that spans several. */
function power(value: number): string {
  const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return Math.abs(mantissa - 1) < 1e-6 || Math.abs(mantissa - 3) < 0.01 ? compact(Number(value.toPrecision(1))) : '';
}

const charts = JSON.parse(document.getElementById('charts')?.textContent ?? '[]') as Chart[];
for (const chart of charts) {
  const figure = document.getElementById(chart.id);
  const caption = figure?.querySelector('figcaption');
  figure?.append(draw(chart, Math.max(280, caption?.clientWidth ?? 500)));
}
document.documentElement.dataset.charts = String(charts.length);
