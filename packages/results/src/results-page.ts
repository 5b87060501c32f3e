import { meanAndDeviation } from '@vjepa/evaluation';
import { textTable } from '@vjepa/training';
import { type MeasuredContrast, measureContrast, measureReplication, verdictOf } from './contrast.js';
import { type Cell, type Comparison, cellName, describeCell, inFileName, percent } from './experiment.js';
import { lineChartSvg } from './line-chart.js';
import { plannedPretraining } from './pretraining-plans.js';
import type { ExperimentResults } from './results-file.js';

/** A page about an experiment, and its charts. */
export interface ResultsPage {
  markdown: string;
  /** SVG documents by file name; the page looks for them in `folder`. */
  charts: Readonly<Record<string, string>>;
}

/**
 * Everything that was measured as a Markdown document: the room of the benchmark, a verdict on each claim of the paper, tables,
 * curves, settings. A function of the results: each of its numbers is theirs, or follows from them.
 *
 * @param options.folder where results and charts lie, as the page says it
 */
export function resultsPage(results: ExperimentResults, { folder }: { folder: string }): ResultsPage {
  const tables = new ResultTables(results);
  const { comparisons } = results.experiment;
  const charts: Record<string, string> = {};
  const sections = comparisons.map((comparison) => {
    const lines = [`## ${comparison.title}`, '', comparison.about, '', ...tables.table(comparison)];
    const svg = tables.chart(comparison);
    if (svg === undefined) return lines;
    const name = `${inFileName(comparison.title)}.svg`;
    charts[name] = svg;
    return [...lines, '', `<img src="${folder}/${name}" alt="${comparison.title}">`];
  });
  const [room = [], ...others] = sections;
  const lines = [
    '# Results',
    '',
    `${results.command === undefined ? 'Made' : `Made by \`${results.command}\``} out of [results.json](${folder}/results.json), which has the answers about every test video and ` +
      'the settings that each number came from. Accuracies are percent of the test videos, top-1' +
      `${results.experiment.seeds.length > 1 ? ', mean ± standard deviation over seeds' : ''}.`,
    '',
    ...room,
    '',
    tables.chance(),
    '',
    '## What the paper claims',
    '',
    ...tables.claims(),
    '',
    ...tables.rule(),
    ...others.flatMap((section) => ['', ...section]),
    ...tables.replications(),
    '',
    '## How it was made',
    '',
    ...tables.settings(),
    '',
    '## What it does not show',
    '',
    '- Anything about natural video: things cut out of pictures before a drawn background are no world.',
    '- How well V-JEPA does at its own size: the published models saw some 270 million clips of 16 frames of 224 x 224.',
    '- The best that each method can do: the recipe was found for V-JEPA, and all others take it as it is.',
    '- Transfer to other videos: those with labels are also the ones that pretraining saw without, but for the sets named above.',
  ];
  return { markdown: `${lines.join('\n')}\n`, charts };
}

/** The first comparison alone, the room of the benchmark, as a table for the terminal. */
export function roomTable(results: ExperimentResults): string {
  const [room] = results.experiment.comparisons;
  const { header, rows } = new ResultTables(results).rows(room!);
  return textTable(header, rows);
}

class ResultTables {
  readonly #results: ExperimentResults;
  readonly #byName: ReadonlyMap<string, ExperimentResults['cells'][number]>;
  /** Of every encoder that a chart shows, the same in all of them. */
  readonly #colours: ReadonlyMap<string, number>;

  constructor(results: ExperimentResults) {
    this.#results = results;
    this.#byName = new Map(results.cells.map((result) => [`${cellName(result.cell)} ${result.seed}`, result]));
    const charted = results.experiment.comparisons.flatMap(({ cells, chart }) =>
      chart === undefined ? [] : cells.map((cell) => this.#place(chart, cell).encoder),
    );
    this.#colours = new Map([...new Set(charted)].map((encoder, colour) => [encoder, colour]));
  }

  /** A row for each encoder and method, a column for each label and share. */
  rows({ cells }: Comparison): { header: string[]; rows: string[][] } {
    const rowName = ({ start, method, videos }: Cell) =>
      `${start}, ${method}${videos === undefined ? '' : `, ${videos}`}`;
    const columnName = ({ label, share }: Cell) => `${label === 'joint' ? 'both' : label}, ${percent(share)}`;
    const columns = [...new Set(cells.map(columnName))];
    const rows = [...new Set(cells.map(rowName))].map((row) => [
      row,
      ...columns.map((column) => {
        const cell = cells.find((other) => rowName(other) === row && columnName(other) === column);
        return cell === undefined ? '' : described(this.#accuracies(cell));
      }),
    ]);
    return { header: ['encoder and method', ...columns], rows };
  }

  table(comparison: Comparison): string[] {
    const { header, rows } = this.rows(comparison);
    return markdownTable([header, ...rows]);
  }

  /** What guessing would give. */
  chance(): string {
    const chances = new Map(this.#results.cells.map(({ cell, classes }) => [cell.label, 100 / classes]));
    return `Guessing gives ${[...chances].map(([label, chance]) => `${chance.toFixed(1)} % of ${label === 'joint' ? 'both' : label}`).join(', ')}.`;
  }

  chart({ title, cells, chart }: Comparison): string | undefined {
    if (chart === undefined) return undefined;
    const shown = cells.filter(({ label }) => label !== 'joint');
    const labels = [...new Set(shown.map(({ label }) => label))];
    const place = (cell: Cell) => this.#place(chart, cell);
    const places = [...new Set(shown.map((cell) => place(cell).place))].sort((a, b) => a - b);
    const curveOf = (cell: Cell) => place(cell).curve;
    return lineChartSvg({
      title,
      across: chart === 'labels' ? 'share of the labels' : 'share of the updates',
      up: 'top-1, %',
      places: places.map(percent),
      panels: labels.map((label) => {
        const own = shown.filter((cell) => cell.label === label);
        return {
          title: label,
          curves: [...new Set(own.map(curveOf))].map((name) => ({
            name,
            colour: this.#colours.get(place(own.find((cell) => curveOf(cell) === name)!).encoder),
            points: places.map((share) => {
              const cell = own.find((other) => curveOf(other) === name && place(other).place === share);
              const values = cell === undefined ? [] : this.#accuracies(cell);
              if (values.length === 0) return undefined;
              const { mean, deviation } = meanAndDeviation(values);
              return { value: mean, deviation: values.length > 1 ? deviation : undefined };
            }),
          })),
        };
      }),
    });
  }

  claims(): string[] {
    const { comparisons } = this.#results.experiment;
    const rows = comparisons.flatMap(({ claims = [] }) =>
      claims.map(({ claim, source, contrast }) => {
        const measured = this.#contrast(contrast);
        const labels = [...new Set(contrast.map(({ cell }) => cell.label))];
        const each = labels.map((label) => {
          const own = contrast.filter(({ cell }) => cell.label === label);
          // So that the claim is their mean.
          const share = this.#contrast(own.map((term) => ({ ...term, weight: term.weight * labels.length })));
          return `${label} ${points(share)}`;
        });
        return [claim, source, labels.length > 1 ? each.join('; ') : '', points(measured), verdictOf(measured)];
      }),
    );
    return markdownTable([['claim', 'in the paper', 'by label', 'points', 'verdict'], ...rows]);
  }

  rule(): string[] {
    const { experiment } = this.#results;
    const { test = 0 } = experiment.videos.main!.counts;
    const several = experiment.seeds.length > 1;
    return [
      `A claim is a difference in points, the mean over its labels, paired on the same ${test} test videos` +
        `${several ? ` and ${experiment.seeds.length} seeds` : ''}; ± is half of its interval of 95 %: 1.96 standard errors ` +
        `of the mean over test videos${several ? ', or that of Student’s t over the seeds where it is wider' : ''}. It is ` +
        '*reproduced* where the whole interval lies above 0, *not reproduced* where it lies below; where it holds 0 there is ' +
        `*no difference that so few seeds can tell*. ${several ? 'Seeds draw first weights, the order of the videos and the labelled ones; all see the same generated videos.' : 'One seed says what other test videos would have changed, and nothing about other first weights.'}`,
    ];
  }

  settings(): string[] {
    const { experiment, pretrainings, cells } = this.#results;
    const { counts, objects = 'mnist', size = 64, frames = 16 } = experiment.videos.main!;
    const engines = [
      ...new Set([...pretrainings, ...cells].map(({ engine }) => engine.replace(/^engine: /, '').replace(/;.*/, ''))),
    ];
    const machines = [...new Set([...pretrainings, ...cells].map(({ machine }) => machine))];
    const hours = [...pretrainings, ...cells].reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
    const { probe } = experiment;
    const clips = probe.crops
      ? `of one clip; with fewer labels, of up to ${probe.crops.most} random crops of each video`
      : 'of one clip, not augmented';
    const rows = [...new Set(pretrainings.map(({ name }) => name))].map((name) => {
      const own = pretrainings.filter((pretraining) => pretraining.name === name);
      const { settings } = plannedPretraining(experiment, name);
      const minutes = own.map(({ seconds }) => seconds / 60);
      return [name, String(own[0]!.updates), String(settings.batchSize ?? 24), described(minutes)];
    });
    return [
      `- Machine: ${machines.join('; ')}; ${engines.join('; ')}.`,
      `- Time: ${hours.toFixed(1)} hours of pretraining, probes and training end to end; features and videos come on top.`,
      `- Videos: ${objects}, ${frames} frames of ${size} x ${size}: ${counts.train} to pretrain and to train on, ${counts.val} to choose learning rates, ${counts.test} to test on, which are asked once.`,
      `- Seeds: ${experiment.seeds.join(', ')}.`,
      `- Probes: ${probe.updates} updates of ${probe.batchSize} videos on frozen features ${clips}; learning rates ${probe.learningRates.attentive.join(', ')} (attentive), ${probe.learningRates.average.join(', ')} (average), weight decays ${probe.weightDecays.join(', ')}.`,
      '- All other settings are in results.json, under `experiment`.',
      '',
      ...markdownTable([['pretraining', 'updates', 'clips each', 'minutes'], ...rows]),
    ];
  }

  /** What another program found, beside what was found here; nothing where none has tried. */
  replications(): string[] {
    const { replications = [], experiment } = this.#results;
    if (replications.length === 0) return [];
    const cells = new Map(replications.flatMap((found) => found.cells.map(({ cell }) => [cellName(cell), cell])));
    const rows = [...cells].map(([name, cell]) => {
      const here = experiment.seeds.flatMap((seed) => this.#byName.get(`${name} ${seed}`) ?? []);
      const there = replications.flatMap((found) => found.cells.filter((other) => cellName(other.cell) === name));
      const measured = measureReplication(here, there);
      const verdict = measured && (Math.abs(measured.mean) <= measured.margin ? 'within the spread' : 'outside of it');
      const [ours, theirs] = [here, there].map((found) => described(found.map(({ top1 }) => top1)));
      return [describeCell(cell), ours!, theirs!, points(measured), verdict ?? 'not measured'];
    });
    const several = experiment.seeds.length + replications.length > 2;
    return [
      '',
      '## The same experiment by another program',
      '',
      `${replications.map(({ program, command, seed }) => `\`${command}\` (${program}; seed ${seed})`).join(' and ')}: the ` +
        'same videos, settings and questions, in a program that shares no code with this one and draws its own first weights, ' +
        'order of the videos, masks and probes.',
      '',
      ...markdownTable([['encoder, probe and label', 'here', 'there', 'points', 'there against here'], ...rows]),
      '',
      'Points are its accuracy less ours on the same test videos; ± is half of the interval of 95 %, 1.96 standard errors of ' +
        `the mean over test videos${several ? ', or that of Student’s t for means of so many seeds where it is wider' : ', which says nothing of what other seeds would have changed'}. ` +
        'It is *within the spread* where that interval holds 0.',
    ];
  }

  #accuracies(cell: Cell): number[] {
    return this.#results.experiment.seeds.flatMap((seed) => this.#byName.get(`${cellName(cell)} ${seed}`)?.top1 ?? []);
  }

  #contrast(contrast: Parameters<typeof measureContrast>[0]): MeasuredContrast | undefined {
    return measureContrast(contrast, this.#results.experiment.seeds, (cell, seed) =>
      this.#byName.get(`${cell} ${seed}`),
    );
  }

  /** Where a cell is in a chart: at its share of the labels, or where in its pretraining its encoder is from. */
  #place(
    chart: NonNullable<Comparison['chart']>,
    { start: name, method, share }: Cell,
  ): { place: number; curve: string; encoder: string } {
    if (chart === 'labels') return { place: share, curve: `${name}, ${method}`, encoder: name };
    const start = this.#results.experiment.starts[name]!;
    if (start.kind !== 'pretrained') return { place: 0, curve: name, encoder: name };
    return { place: (start.quarters ?? 4) / 4, curve: start.pretraining, encoder: start.pretraining };
  }
}

/** A mean, and the deviation where there are several. */
function described(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const { mean, deviation } = meanAndDeviation(values);
  return values.length === 1 ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}

function points(measured: MeasuredContrast | undefined): string {
  if (measured === undefined) return '–';
  const { mean, margin } = measured;
  return `${mean >= 0 ? '+' : ''}${mean.toFixed(1)} ± ${margin.toFixed(1)}`;
}

function markdownTable([header, ...rows]: readonly (readonly string[])[]): string[] {
  return [header!, header!.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}
