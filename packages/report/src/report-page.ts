import { basename, resolve } from 'node:path';
import { describeFlops, describeModel, duration, summarizeModel } from '@vjepa/training';
import type { Chart, ChartSection } from './chart.js';
import type { DecodingViews } from './decoding-views.js';
import { hostTable } from './host-table.js';
import { type Html, html, raw, scriptJson } from './html.js';
import type { ClipView, PictureView } from './model-view.js';
import { PAGE_STYLE } from './page-style.js';
import type { ReportedRun } from './reported-run.js';
import { runCharts } from './run-charts.js';

/** What running the model on some of its videos showed; `problem` where that could not be done. */
export interface ModelViews<Problem = string> {
  /** What a decoder makes of its predictions, where there is one. */
  decoded?: DecodingViews<Problem> | undefined;
  masks: ClipView[];
  features: (ClipView & { explained: number })[];
  /** By falling loss. */
  worst: ClipView[];
  examined: number;
  step: number;
}

export interface ReportPage {
  run: ReportedRun;
  model: ModelViews | { problem: string };
  warnings: readonly { step: number; message: string }[];
  /** The page's script. */
  script: string;
  /** Who writes. */
  program: string;
  written: Date;
}

/** The whole report as one HTML file that loads nothing. */
export function reportPage({ run, model, warnings, script, program, written }: ReportPage): string {
  const sections = runCharts(run.metrics, run.plan.settings.objective.targets);
  const title = basename(resolve(run.path));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>${title}: V-JEPA pretraining</title>
<style>${raw(PAGE_STYLE)}</style>
</head>
<body>
<main>
${heading(run, title)}
${tiles(run)}
${stopped(run)}
${warningList(warnings, run)}
${sections.slice(0, 2).map(chartSection)}
${modelSections(model, run.plan)}
${sections.slice(2).map(chartSection)}
${hostTable(run)}
${badVideos(run)}
${configuration(run)}
${environment(run)}
<footer>Written by ${program}, ${written.toISOString().slice(0, 16).replace('T', ' ')} UTC, from ${run.path}</footer>
</main>
<script type="application/json" id="charts">${scriptJson(sections.flatMap(({ charts }): Chart[] => charts))}</script>
<script>${raw(script.replaceAll('</script', '<\\/script'))}</script>
</body>
</html>
`.text;
}

function heading({ plan, metrics, totalSteps, path }: ReportedRun, title: string): Html {
  const done = metrics.at(-1)?.step ?? 0;
  const state =
    totalSteps === undefined
      ? `${count(done)} steps done`
      : done >= totalSteps
        ? 'complete'
        : `${count(done)} of ${count(totalSteps)} steps done`;
  const { encoder, settings } = plan;
  return html`<header>
<h1>${title}</h1>
<p>V-JEPA pretraining of ${settings.model}, clips of ${encoder.numFrames} × ${encoder.imageSize}², batches of ${settings.batchSize}${plan.hasTargetEncoder ? '' : ', predicting pixels'}: ${state}</p>
<p class="path">${resolve(path)}</p>
</header>`;
}

function tiles({ metrics, totalSteps, badVideos }: ReportedRun): Html {
  const last = metrics.at(-1);
  if (!last) return html`<div class="notice">No step has been recorded yet.</div>`;
  const recent = metrics.slice(-Math.max(20, Math.ceil(metrics.length / 20)));
  const mean = (value: (step: (typeof metrics)[number]) => number) =>
    recent.reduce((sum, step) => sum + value(step), 0) / recent.length;
  const time = metrics.reduce((sum, { step_ms }) => sum + step_ms, 0);
  const wait = metrics.reduce((sum, { data_ms }) => sum + data_ms, 0) / time;
  const clips = mean(({ clips_per_second }) => clips_per_second);
  const entries: [string, string][] = [
    [mean(({ loss }) => loss).toFixed(4), 'loss, latest steps'],
    [totalSteps ? `${((100 * last.step) / totalSteps).toFixed(0)} %` : count(last.step), `${count(last.step)} steps`],
    [duration(time), 'spent in steps'],
    [clips.toPrecision(3), 'clips a second'],
    ...modelSpeed(recent),
    [`${(100 * wait).toFixed(0)} %`, 'of the time waiting for data'],
    [`${(last.rss_mb / 1024).toFixed(1)} GB`, 'memory'],
    [count(badVideos.length), 'videos replaced'],
  ];
  if (Number(last.short_clips ?? 0) > 0) entries.push([count(Number(last.short_clips)), 'clips of too short videos']);
  const probe = metrics.findLast((step) => 'probe_accuracy' in step);
  if (probe) {
    const accuracy = `${(100 * Number(probe.probe_accuracy)).toFixed(1)} %`;
    entries.splice(1, 0, [accuracy, `of held-out videos right, step ${count(probe.step)}`]);
  }
  if (typeof last.target_std === 'number') {
    entries.splice(1, 0, [mean(({ target_std }) => Number(target_std)).toFixed(2), 'deviation of target features']);
  }
  return html`<div class="tiles">${entries.map(([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}</div>`;
}

/** How much of the model is computed a second, over the steps that recorded it; nothing where none did. */
function modelSpeed(steps: ReportedRun['metrics']): [string, string][] {
  const mean = (key: 'model_flops_per_second' | 'utilization') => {
    const values = steps.flatMap((step) => step[key] ?? []);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const flops = mean('model_flops_per_second');
  return flops === undefined ? [] : [[describeFlops(flops, mean('utilization')), 'of the model’s products']];
}

function stopped({ nonFinite }: ReportedRun): Html | undefined {
  if (!nonFinite) return undefined;
  const { step, videos } = nonFinite;
  return html`<div class="notice" role="alert"><b>The run stopped at step ${count(step)}, whose loss or gradients were not finite.</b>
Its state and numbers are in non-finite-step-${step}; its videos:
<ul>${videos.map((video) => html`<li class="path">${video}</li>`)}</ul></div>`;
}

function warningList(warnings: ReportPage['warnings'], { nonFinite }: ReportedRun): Html | undefined {
  if (warnings.length === 0 && nonFinite) return undefined;
  if (warnings.length === 0) return html`<p class="good">No sign of collapse or of exploding gradients.</p>`;
  const shown = warnings.slice(0, 8);
  const more = warnings.length - shown.length;
  return html`<div class="notice" role="alert"><b>This run gave ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}</b>
<ul>${shown.map(({ step, message }) => html`<li>step ${count(step)}: ${message}</li>`)}${more > 0 && html`<li>and ${more} more</li>`}</ul></div>`;
}

function chartSection({ title, charts }: ChartSection): Html {
  return html`<section><h2>${title}</h2><div class="charts${charts.length === 4 ? ' four' : ''}">${charts.map(
    (chart) =>
      html`<figure class="chart" id="${chart.id}"><figcaption><h3>${chart.title}</h3><p>${chart.caption}</p></figcaption></figure>`,
  )}</div></section>`;
}

function modelSections(model: ReportPage['model'], { hasTargetEncoder }: ReportedRun['plan']): Html {
  if ('problem' in model) {
    return html`<section><h2>Masks, features and worst videos</h2><p class="note">Not shown: ${model.problem}</p></section>`;
  }
  const { masks, features, decoded, worst, examined, step } = model;
  const picture = ({ src, width, path }: PictureView) =>
    html`<div class="scroll"><img src="${src}" width="${width}" alt="${basename(path)}"></div>`;
  return html`<section id="masks"><h2>Masks</h2>
<p class="legend"><span><i style="background:#f0a040"></i>predicted</span><span><i style="background:#e2e2e2"></i>neither seen nor predicted</span><span>the frame itself: what the encoder sees</span></p>
<div class="${cardsClass(masks)}">${masks.map((clip) => html`<div class="card"><p class="path">${clip.path}</p>${picture(clip)}</div>`)}</div></section>
<section id="features"><h2>Patch features over time</h2>
<p class="note">Each patch in the colour of its ${hasTargetEncoder ? 'target ' : ''}features’ first three principal components over the clip, after ${count(step)} steps: patches of one colour have like features.</p>
<div class="${cardsClass(features)}">${features.map((clip) => html`<div class="card"><p><span class="path">${clip.path}</span>: ${(100 * clip.explained).toFixed(0)} % of the variance shown</p>${picture(clip)}</div>`)}</div></section>
${decoded && decodings(decoded, picture)}
<section id="worst"><h2>Videos predicted worst</h2>
<p class="note">Of ${examined} videos spread over the index, the clip in the middle of each, under the masks of the steps that would come next.</p>
<div class="card"><table><thead><tr><th class="clip">clip</th><th>video</th><th class="number">loss</th></tr></thead><tbody>
${worst.map((clip) => html`<tr><td><img src="${clip.src}" alt=""></td><td class="path">${clip.path}</td><td class="number">${clip.loss.toFixed(4)}</td></tr>`)}
</tbody></table></div></section>`;
}

function decodings(decoded: DecodingViews<string>, picture: (view: PictureView) => Html): Html {
  const shown =
    'problem' in decoded
      ? html`<p class="note">Not shown: ${decoded.problem}</p>`
      : html`<div class="${cardsClass(decoded.clips)}">${decoded.clips.map((clip) => html`<div class="card"><p>${clip.quality}</p>${picture(clip)}</div>`)}</div>`;
  return html`<section id="decoded"><h2>From features back to pixels</h2>
<p class="note">The clip, what the predictor sees of it, samples of the rest by a decoder that has the predicted features alone, and last what it makes of the target encoder’s features, which has seen all. What samples agree in, the predictions hold.</p>
${shown}</section>`;
}

/** Pictures wider than half the page get all of it. */
function cardsClass(clips: readonly PictureView[]): string {
  return clips.some(({ width }) => width > 560) ? 'cards wide' : 'cards';
}

function badVideos({ badVideos }: ReportedRun): Html {
  const byPath = new Map<string, { reason: string; times: number; first: number }>();
  const passing = badVideos.filter((record) => record.passing).length;
  for (const { path, reason, step, passing } of badVideos) {
    if (passing) continue;
    const known = byPath.get(path);
    if (known) known.times += 1;
    else byPath.set(path, { reason, times: 1, first: step });
  }
  const rows = [...byPath].sort(([, a], [, b]) => b.times - a.times);
  const shown = rows.slice(0, 50);
  const unreachable =
    passing === 0
      ? ''
      : ` ${count(passing)} times a video could not be reached, or not in time, and another took its place.`;
  if (rows.length === 0)
    return html`<section><h2>Bad videos</h2><p class="note">Every video that was drawn could be used.${unreachable}</p></section>`;
  return html`<section id="bad-videos"><h2>Bad videos</h2>
<p class="note">${count(rows.length)} files could not be used; other videos took their place ${count(badVideos.length - passing)} times.${unreachable}${rows.length > shown.length && ` The ${shown.length} drawn most often:`}</p>
<div class="card"><table><thead><tr><th>video and reason</th><th class="number">first at step</th><th class="number">times</th></tr></thead><tbody>
${shown.map(([path, { reason, times, first }]) => html`<tr><td>${reason.startsWith(path) ? reason : `${path}: ${reason}`}</td><td class="number">${count(first)}</td><td class="number">${count(times)}</td></tr>`)}
</tbody></table></div></section>`;
}

function configuration({ plan, settingsText }: ReportedRun): Html {
  return html`<section id="config"><h2>Config</h2>
<div class="card"><pre>${describeModel(summarizeModel(plan.settings.model, plan)).join('\n')}</pre></div>
<div class="card columns"><pre>${settingsText.trimEnd()}</pre></div></section>`;
}

function environment({ sessions }: ReportedRun): Html {
  return html`<section id="environment"><h2>Environment</h2>
<div class="card"><table><thead><tr><th>started</th><th class="number">after step</th><th>software</th><th>machine</th></tr></thead><tbody>
${sessions.map(
  (
    session,
  ) => html`<tr><td>${session.started.slice(0, 19).replace('T', ' ')}</td><td class="number">${count(session.first_step)}</td>
<td>vjepa ${session.vjepa}, Node ${session.node}<br>${session.engine}${session.decoder && `, decoder ${session.decoder}`}</td>
<td>${session.cpu}, ${session.cores} cores, ${(session.memory_bytes / 2 ** 30).toFixed(0)} GiB, ${session.platform}</td></tr>`,
)}
</tbody></table></div></section>`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
