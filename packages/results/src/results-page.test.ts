import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cellsOf } from './experiment.js';
import type { CellResult } from './experiment-plan.js';
import { smokeExperiment } from './paper-sizes.js';
import type { ExperimentResults } from './results-file.js';
import { resultsPage, roomTable } from './results-page.js';
import { testAnswers } from './test-answers.js';
import { unheldNumbers } from './unheld-numbers.js';

const smoke = smokeExperiment([0, 1, 2]);
const MADE_WITH = { engine: 'engine: TensorFlow 2.21.0 on CPU, compiled steps', machine: '2 cores (a processor)' };

/** Of 200 test videos so many are right, from the first on; half a point more with each seed. */
function result(right: number, seed: number): CellResult {
  const correct = Array.from({ length: 200 }, (_, i) => i < right + seed);
  return {
    ...testAnswers(correct),
    learningRate: 1e-3,
    weightDecay: 0.01,
    trainingVideos: 48,
    classes: 8,
    seconds: 60,
    ...MADE_WITH,
  };
}

/** V-JEPA 20 points above the rest. */
function resultsOf(seeds: readonly number[]): ExperimentResults {
  const experiment = { ...smoke, seeds };
  return {
    experiment,
    pretrainings: seeds.flatMap((seed) =>
      Object.keys(experiment.pretrainings).map((name) => ({
        name,
        seed,
        updates: 8,
        loss: 0.5,
        seconds: 90 + 6 * seed,
        ...MADE_WITH,
      })),
    ),
    cells: seeds.flatMap((seed) =>
      cellsOf(experiment).map((cell) => ({ cell, seed, ...result(cell.start === 'V-JEPA' ? 120 : 80, seed) })),
    ),
  };
}

const page = resultsPage(resultsOf([0, 1, 2]), { folder: 'results' });

describe('resultsPage', () => {
  it('has mean and deviation of every cell', () => {
    expect(page.markdown).toContain('| V-JEPA, attentive probe | 60.5 ± 0.5 | 60.5 ± 0.5 |');
    expect(page.markdown).toContain('| random weights, end to end, one frame | 40.5 ± 0.5 | 40.5 ± 0.5 |');
    expect(page.markdown).toMatch(/\| V-JEPA \| 8 \| 8 \| 1\.6 ± 0\.1 \|/);
  });

  it('has one verdict on each claim, with its interval', () => {
    const claims = smoke.comparisons.flatMap((comparison) => comparison.claims ?? []);
    const rows = page.markdown.split('\n').filter((line) => /\| (not )?reproduced \||\| no difference/.test(line));
    expect(rows).toHaveLength(claims.length);
    expect(page.markdown).toContain(
      '| Features are better targets than pixels: frozen, equal updates | section 4.1, table 1 | appearance +20.0 ± 5.5; motion +20.0 ± 5.5 | +20.0 ± 5.5 | reproduced |',
    );
    // Pixels and features are as far apart with few labels as with all.
    expect(page.markdown).toMatch(
      /and by more than with all of them .* \+0\.0 ± 0\.0 \| no difference that so few seeds can tell/,
    );
    // Fine-tuned as good as frozen.
    expect(page.markdown).toMatch(/Fine-tuning V-JEPA is better than probing it frozen .*no difference/);
  });

  it('says of each label what a claim is the mean of', () => {
    const all = resultsOf([0]);
    // With 5 % of the labels V-JEPA is right about 20 more videos of appearance: 10 points of 200.
    const cells = all.cells.map((found) => {
      const { start, method, label, share } = found.cell;
      const isMore = start === 'V-JEPA' && method === 'attentive probe' && label === 'appearance' && share === 0.05;
      return isMore ? { ...found, ...result(140, 0) } : found;
    });
    const { markdown } = resultsPage({ ...all, cells }, { folder: 'results' });
    expect(markdown).toMatch(
      /and by more than with all of them \| .* \| appearance \+10\.0 ± 4\.2; motion \+0\.0 ± 0\.0 \| \+5\.0 ± 2\.1 \| reproduced/,
    );
  });

  it('of one seed says what that permits', () => {
    const { markdown } = resultsPage(resultsOf([0]), { folder: 'results' });
    expect(markdown).toContain('| V-JEPA, attentive probe | 60.0 | 60.0 |');
    expect(markdown).toContain('nothing about other first weights');
    expect(markdown).not.toContain('Student');
  });

  it('says of what was not measured that it was not', () => {
    const all = resultsOf([0]);
    const partial = { ...all, cells: all.cells.filter(({ cell }) => cell.start !== 'pixels') };
    const { markdown } = resultsPage(partial, { folder: 'results' });
    expect(markdown).toMatch(/Features are better targets than pixels.* – \| not measured \|/);
    expect(markdown).toContain('| pixels, attentive probe | – | – |');
  });

  it('has charts that both kinds of page can show', () => {
    expect(Object.keys(page.charts)).toContain('with-fewer-labels.svg');
    for (const [name, svg] of Object.entries(page.charts)) {
      expect(page.markdown).toContain(`<img src="results/${name}"`);
      expect(svg).toContain('@media (prefers-color-scheme: dark)');
      expect(svg).not.toContain('NaN');
    }
    const course = page.charts['in-the-course-of-pretraining.svg']!;
    expect(course.match(/<circle/g)).toHaveLength(2 * 2 * 4); // labels, targets, quarters
  });

  it('shows an encoder in one colour in all charts, and methods of one encoder apart', () => {
    const styles = (name: string) => {
      const drawn = page.charts[name]!.matchAll(
        /<g class="([^"]+)"><path class="curve" d="[^"]+"\/><text[^>]*>([^<]+)</g,
      );
      return Object.fromEntries([...drawn].map(([, style, curve]) => [curve, style]));
    };
    const [labels, course] = [styles('with-fewer-labels.svg'), styles('in-the-course-of-pretraining.svg')];
    expect(Object.keys(labels)).toHaveLength(3);
    expect(course.pixels).toBe(labels['pixels, attentive probe']);
    expect(course['V-JEPA']).toBe(labels['V-JEPA, attentive probe']);
    expect(course.pixels).not.toBe(course['V-JEPA']);
    const tuned = styles('frozen-against-fine-tuned.svg');
    expect(tuned['V-JEPA, attentive probe']).toBe(course['V-JEPA']);
    expect(tuned['V-JEPA, end to end']).toBe(`${course['V-JEPA']} d1`);
  });

  it('says whether another program ends within the spread', () => {
    const measured = resultsOf([0, 1, 2]);
    const cell = { start: 'V-JEPA', method: 'attentive probe', share: 1 } as const;
    const { engine: _, ...near } = result(122, 0);
    const { engine: _engine, ...far } = result(20, 0);
    const replication = {
      ...{ program: 'another program 1.0', command: 'program runs/results', seed: 1000 },
      pretraining: { updates: 8, loss: 0.5, seconds: 90 },
      cells: [
        { cell: { ...cell, label: 'appearance' as const }, ...near },
        { cell: { ...cell, label: 'motion' as const }, ...far },
      ],
    };
    const { markdown } = resultsPage({ ...measured, replications: [replication] }, { folder: 'results' });
    expect(markdown).toContain('`program runs/results` (another program 1.0; seed 1000)');
    expect(markdown).toMatch(
      /\| V-JEPA, attentive probe, appearance, 100 % of the labels \| 60\.5 ± 0\.5 \| 61\.0 \| \+0\.5 ± 2\.5 \| within the spread \|/,
    );
    expect(markdown).toMatch(
      /motion, 100 % of the labels \| 60\.5 ± 0\.5 \| 10\.0 \| -50\.5 ± \d+\.\d \| outside of it \|/,
    );
    expect(page.markdown).not.toContain('another program');
  });

  it('shows the room by itself', () => {
    const [header, , ...rows] = roomTable(resultsOf([0])).split('\n');
    expect(header).toMatch(/^encoder and method +appearance, 100 % +motion, 100 %$/);
    expect(rows).toHaveLength(4);
    expect(rows[2]).toMatch(/^random weights, end to end, no object +40\.0 +40\.0$/);
  });
});

const docs = fileURLToPath(new URL('../../../docs', import.meta.url));
const document = readFileSync(join(docs, 'results.md'), 'utf8');
const files = readdirSync(join(docs, 'results')).filter((name) => name.endsWith('.json'));
const held = files.map((name) => JSON.parse(readFileSync(join(docs, 'results', name), 'utf8')) as unknown);

describe('docs/results.md', () => {
  it('has no number that no result file holds', () => {
    const generated = held.filter(isExperiment).map((results) => resultsPage(results, { folder: 'results' }).markdown);
    const rest = generated.reduce((text, own) => text.replace(own, ''), document);
    expect(unheldNumbers(rest, held)).toEqual([]);
    // A changed number is noticed.
    const changed = rest.replace(/\d+\.\d(?= ±)/, (number) => (Number(number) + 0.3).toFixed(1));
    if (changed !== rest) expect(unheldNumbers(changed, held).length).toBeGreaterThan(0);
  });

  it('is what its result file makes, charts included', () => {
    for (const results of held.filter(isExperiment)) {
      const { markdown, charts } = resultsPage(results, { folder: 'results' });
      expect(document).toContain(markdown);
      for (const [name, svg] of Object.entries(charts)) {
        expect(readFileSync(join(docs, 'results', name), 'utf8')).toBe(svg);
      }
    }
  });
});

function isExperiment(value: unknown): value is ExperimentResults {
  return typeof value === 'object' && value !== null && 'experiment' in value;
}
