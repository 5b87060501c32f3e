import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import {
  appendBadVideo,
  appendMetrics,
  createRunFolder,
  planPretraining,
  runFolder,
  type StepMetrics,
  settingsRecord,
} from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPageScript } from './page-script.js';
import { browserReason, checkReportInBrowser, hasBrowser } from './report-browser.fixture.js';
import { type ModelViews, reportPage } from './report-page.js';
import { readReportedRun } from './reported-run.js';
import { writeReport } from './write-report.js';

const settings = { videos: '/videos', model: 'vit_tiny', epochs: 30, stepsPerEpoch: 10, batchSize: 8 } as const;
const plan = planPretraining(settings);

/** A made-up run of 300 steps that ends in a collapse, with a video path that would break out of careless HTML. */
function writeRun(): string {
  const path = temporaryFolder('report');
  const record = settingsRecord('pretraining', settings);
  const folder = runFolder(path, { tag: plan.settings.tag, record: record.file });
  createRunFolder(folder, 'refuse');
  writeFileSync(folder.config, record.text);
  for (let step = 1; step <= 300; step++) appendMetrics(folder.metrics, madeUpStep(step));
  const bad = '/videos/<script>alert("1")</script>.mp4';
  appendBadVideo(folder.badVideos, {
    step: 7,
    path: bad,
    reason: `${bad}: moov atom not found`,
    replacedBy: '/videos/b.mp4',
  });
  return path;
}

function madeUpStep(step: number): StepMetrics {
  const left = step < 250 ? 1 : 0.05;
  return {
    step,
    epoch: Math.ceil(step / 10),
    iteration: (step - 1) % 10,
    loss: left * (0.4 + 0.4 / step),
    loss_jepa: 0.4,
    loss_reg: 0.9,
    learning_rate: 1e-3 * Math.min(1, step / 40),
    weight_decay: 0.04,
    momentum: 0.99 + step * 1e-5,
    encoder_grad_norm: 0.1,
    predictor_grad_norm: 0.3,
    clip_norm: 0,
    context_tokens: [48, 28],
    target_tokens: [16, 36],
    clips_per_second: 12 + Math.sin(step),
    step_ms: step === 1 ? 5000 : 330,
    data_ms: 60,
    compute_ms: step === 1 ? 4900 : 250,
    rss_mb: 900,
    replaced_videos: step < 7 ? 0 : 1,
    time: '2026-01-01T00:00:00.000Z',
    target_std: 0.8 * left,
    prediction_std: 0.3 * left,
    target_cosine: 1 - 0.4 * left,
    target_rank: 1 + 4 * left,
    loss_of_mean: 0.5 * left,
    ...(step % 10 === 0 && { probe_accuracy: step / 400, probe_chance: 0.25, probe_videos: 64, probe_ms: 900 }),
    my_own_number: step / 300,
  };
}

const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
const clip = { path: '/videos/a.mp4', loss: 0.5, width: 1, src: PIXEL };
const views: ModelViews = {
  masks: [clip],
  features: [{ ...clip, explained: 0.8 }],
  decoded: { clips: [{ ...clip, quality: 'samples 12.3 dB' }] },
  worst: [clip],
  examined: 1,
  step: 300,
};

let file: string;
let page: string;
beforeAll(async () => {
  const path = writeRun();
  const written = new Date('2026-01-02T03:04:05Z');
  const run = await readReportedRun({ run: path, plan });
  const warnings = run.warnings.map(({ step, message }) => ({ step, message: String(message) }));
  page = reportPage({ run, model: views, warnings, script: readPageScript(), program: 'a test', written });
  file = join(path, 'report.html');
  writeFileSync(file, page);
});

describe('reportPage', () => {
  it('holds everything a run is judged by', () => {
    const sections = ['Learning', 'Collapse indicators', 'Masks', 'Patch features over time', 'Videos predicted worst'];
    sections.push(
      'From features back to pixels',
      'Gradients and updates',
      'Schedules',
      'Speed and data',
      'Also recorded',
      'Bad videos',
      'Config',
      'Environment',
    );
    for (const title of sections) expect(page).toContain(`<h2>${title}</h2>`);
    expect(page).toContain('the representation collapses');
    expect(page).toContain('my own number');
    expect(page).toContain('<p>samples 12.3 dB</p>');
    expect(page).toContain('Share of 64 labelled videos');
    expect(page).toContain('<b>75.0 %</b><span>of held-out videos right, step 300</span>');
    expect(page).toContain('&quot;model&quot;: &quot;vit_tiny&quot;');
    expect(page).toContain('Written by a test, 2026-01-02 03:04 UTC');
  });

  it('escapes what comes from a run', () => {
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;.mp4: moov atom not found');
  });

  it('names no address to load from', () => {
    const withoutScript = page.slice(0, page.lastIndexOf('<script>'));
    expect(withoutScript).not.toMatch(/(src|href)="(?!data:|#)/);
    expect(withoutScript).not.toMatch(/url\(|@import/);
  });
});

describe(`the report in a browser${browserReason}`, () => {
  it.skipIf(!hasBrowser)('has all of its charts', { timeout: 90_000 }, async () => {
    const { charts } = await checkReportInBrowser(file);
    expect(charts.size).toBeGreaterThanOrEqual(15);
    for (const title of ['Loss', 'Probe on held-out videos', 'Effective rank', 'Momentum of the target encoder'])
      expect([...charts.keys()]).toContain(title);
    for (const [title, length] of charts) expect(length, title).toBeGreaterThan(100);
  });
});

describe('writeReport', () => {
  it('writes the page into the run’s folder, and says what it lacks', async () => {
    const run = writeRun();
    const written = await writeReport({ run, plan });
    expect(written).toMatchObject({ output: join(run, 'report.html'), steps: 300 });
    expect(written.problem).toBe('the run has no checkpoint yet');
    expect(written.warnings.map(({ message }) => message).join()).toMatch(/the representation collapses/);
    expect(readFileSync(written.output, 'utf8')).toContain('Not shown: the run has no checkpoint yet');
  });

  it('names options as its reader knows them', async () => {
    const run = writeRun();
    expect((await writeReport({ run, plan, clips: 0 })).problem).toBe('they were not asked for (`clips: 0`)');
    const nameOf = () => '--clips 0';
    expect((await writeReport({ run, plan, clips: 0, nameOf })).problem).toBe('they were not asked for (--clips 0)');
  });

  it('refuses a folder without a run', async () => {
    const run = temporaryFolder('none');
    const refusal = { name: 'InputError', code: 'no-run', message: expect.stringMatching(/settings\.json is missing/) };
    await expect(writeReport({ run, plan })).rejects.toMatchObject(refusal);
  });
});

describe('readReportedRun', () => {
  it('passes over a metrics line that a crash cut off', async () => {
    const path = writeRun();
    const metrics = join(path, 'metrics.jsonl');
    writeFileSync(metrics, readFileSync(metrics, 'utf8').slice(0, -40));
    expect((await readReportedRun({ run: path, plan })).metrics).toHaveLength(299);
  });
});
