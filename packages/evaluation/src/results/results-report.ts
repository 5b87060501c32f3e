import { cpus } from 'node:os';
import { meanAndDeviation } from './mean-and-deviation.js';
import type { ResultCell } from './result-cells.js';
import { FRACTIONS, LABEL_KINDS, type LabelKind, type ResultsSettings } from './results-settings.js';

/** What the tables of the generated benchmark are made of. */
export interface ResultsReport {
  settings: ResultsSettings;
  cells: readonly ResultCell[];
  classes: Record<LabelKind, number>;
  engine: string;
  minutes: number;
  /** Of the cores' time, 0..1, what other processes took meanwhile. */
  othersShare: number;
  command: string;
}

const METHODS = ['attentive probe', 'average probe', 'fine-tuned'] as const;

type Row = Pick<ResultCell, 'encoder' | 'method' | 'label' | 'fraction'>;

/** The experiment as a section of a Markdown document. */
export function describeResults(report: ResultsReport): string {
  const { settings, classes, cells } = report;
  const lines = [
    '## Generated benchmark',
    '',
    `Made by \`${report.command}\` in ${report.minutes.toFixed(0)} minutes on ${cpus().length} cores ` +
      `(${cpus()[0]?.model.trim()}; ${report.engine.replace(/;.*/, '')}). ${machine(report.othersShare)}`,
    '',
    `**Videos.** Moving shapes: ${settings.train} to pretrain and to train on, ${settings.validation} to choose each ` +
      `probe’s learning rate, ${settings.test} to test on. Appearance is the texture (${classes.appearance} classes), ` +
      `motion is the direction (${classes.motion} classes); both are labelled independently and no single frame shows the motion.`,
    '',
    `**Encoder.** A ViT of width 96 and 4 blocks sees 8 frames of 32 x 32. Pretraining: ${settings.pretrainSteps} steps of ` +
      '32 clips, no labels; the target encoder is what is evaluated. Random: the same encoder’s first weights.',
    '',
    `**Probes.** On frozen features of one clip, one view, no augmentation: ${settings.probeUpdates} updates of ` +
      'batches of 16, whatever the share of the labels. The learning rate is the best on the validation videos; ' +
      `the test videos are asked once. Fine-tuning: all parameters, ${settings.fineTuneEpochs} epochs, one setting.`,
    '',
    `Top-1 in percent on the test videos, mean ± standard deviation over ${settings.seeds} seeds, which draw the first ` +
      'weights, the order of the pretraining data, the labelled videos and the probe. ' +
      `Chance is ${(100 / classes.appearance).toFixed(1)} and ${(100 / classes.motion).toFixed(1)}; one test set of this size ` +
      `has a standard error of up to ${(50 / Math.sqrt(settings.test)).toFixed(1)}.`,
    '',
    ...table(cells),
    '',
    '### What it shows',
    '',
    ...verdicts(cells, 50 / Math.sqrt(settings.test)).map((line) => `- ${line}`),
    ...comparisons(cells, 50 / Math.sqrt(settings.test)).map((line) => `- ${line}`),
    '',
    '### What it does not show',
    '',
    '- Anything about natural video: shapes on a torus have no depth, no occlusion and no camera.',
    '- How well V-JEPA does when it is trained for long: the published models saw some 270 million clips, these ' +
      `${(settings.pretrainSteps * 32).toLocaleString('en-US')}.`,
    '- A comparison with other ways to pretrain, or with a supervised model of the best settings: sizes and rates were ' +
      'settled beforehand on videos of another seed, by their validation videos; only the probes’ learning rate is chosen here.',
    '- Transfer: the labelled videos are also those that pretraining saw without labels.',
  ];
  return `${lines.join('\n')}\n`;
}

function machine(othersShare: number): string {
  if (othersShare < 0.05) return 'The machine did little else.';
  return `Other processes took ${(100 * othersShare).toFixed(0)} % of the cores’ time meanwhile; alone it is faster.`;
}

function table(cells: readonly ResultCell[]): string[] {
  const share = (fraction: number) => `${100 * fraction} %`;
  const header = ['labels', 'encoder', 'method', ...FRACTIONS.map(share)];
  const rows = LABEL_KINDS.flatMap((label) =>
    METHODS.flatMap((method) =>
      (['random', 'pretrained'] as const).map((encoder) => [
        label,
        encoder,
        method,
        ...FRACTIONS.map((fraction) => describe(valuesOf(cells, { label, method, encoder, fraction }))),
      ]),
    ),
  );
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}

function describe(values: readonly number[]): string {
  if (values.length === 0) return '';
  const { mean, deviation } = meanAndDeviation(values);
  return values.length === 1 ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}

function valuesOf(cells: readonly ResultCell[], row: Row): number[] {
  return cells
    .filter((cell) => (Object.keys(row) as (keyof Row)[]).every((key) => cell[key] === row[key]))
    .sort((a, b) => a.seed - b.seed)
    .map(({ top1 }) => top1);
}

/** Where pretraining helped, where it did harm, and where nothing can be told, over all rows and shares. */
function verdicts(cells: readonly ResultCell[], testError: number): string[] {
  const cases = LABEL_KINDS.flatMap((label) =>
    METHODS.flatMap((method) => {
      const measured = FRACTIONS.map((fraction) => {
        const row = { label, method, fraction } as const;
        return {
          fraction,
          ...difference(cells, testError, { ...row, encoder: 'pretrained' }, { ...row, encoder: 'random' }),
        };
      });
      return (['better', 'worse', 'no difference'] as const).flatMap((verdict) => {
        const shares = measured.filter((one) => one.verdict === verdict).map(({ fraction }) => `${100 * fraction} %`);
        return shares.length === 0 ? [] : [{ verdict, text: `${label}, ${method} (${shares.join(', ')})` }];
      });
    }),
  );
  const listed = (verdict: string) =>
    cases
      .filter((one) => one.verdict === verdict)
      .map(({ text }) => text)
      .join('; ') || 'nowhere';
  return [
    `Pretraining helps, against random weights: ${listed('better')}.`,
    `It does harm: ${listed('worse')}.`,
    `No difference that so few seeds and test videos can tell: ${listed('no difference')}.`,
  ];
}

/** The questions the experiment asks, each answered in words that follow from the numbers. */
function comparisons(cells: readonly ResultCell[], testError: number): string[] {
  const base = { method: 'attentive probe', encoder: 'pretrained', fraction: 1 } as const;
  return LABEL_KINDS.flatMap((label) => [
    ...(['random', 'pretrained'] as const).map((encoder) =>
      compare(
        cells,
        testError,
        `${label}, ${encoder}, all labels: attentive against average pooling`,
        { ...base, label, encoder },
        { ...base, label, encoder, method: 'average probe' },
      ),
    ),
    ...(['random', 'pretrained'] as const).map((encoder) =>
      compare(
        cells,
        testError,
        `${label}, ${encoder}, all labels: fine-tuned against frozen with an attentive probe`,
        { ...base, label, encoder, method: 'fine-tuned' },
        { ...base, label, encoder },
      ),
    ),
  ]);
}

type Verdict = 'better' | 'worse' | 'no difference' | 'not measured';

/** Paired over seeds. A difference counts when it is more than twice its standard error and than the test set's. */
function difference(cells: readonly ResultCell[], testError: number, one: Row, other: Row) {
  const [a, b] = [valuesOf(cells, one), valuesOf(cells, other)];
  const differences = a.slice(0, b.length).map((value, i) => value - b[i]!);
  if (differences.length === 0) return { verdict: 'not measured' as Verdict, text: 'not measured' };
  const { mean, deviation } = meanAndDeviation(differences);
  const several = differences.length > 1;
  const text = `${mean >= 0 ? '+' : ''}${mean.toFixed(1)}${several ? ` ± ${deviation.toFixed(1)}` : ''} points`;
  const error = Math.max((2 * deviation) / Math.sqrt(differences.length), testError);
  const told = several && Math.abs(mean) > error;
  return { verdict: (told ? (mean > 0 ? 'better' : 'worse') : 'no difference') as Verdict, text };
}

function compare(cells: readonly ResultCell[], testError: number, what: string, one: Row, other: Row): string {
  const { verdict, text } = difference(cells, testError, one, other);
  return `${what}: ${text}${verdict === 'no difference' ? ', which is no difference that so few seeds can tell' : ''}.`;
}

const [start, end] = ['<!-- generated-benchmark -->', '<!-- /generated-benchmark -->'];

/** The document with the section in its place, or at its end. */
export function withSection(document: string, section: string): string {
  const marked = `${start}\n\n${section}\n${end}`;
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from >= 0 && to > from) return document.slice(0, from) + marked + document.slice(to + end.length);
  return `${document.trimEnd() === '' ? '# Results' : document.trimEnd()}\n\n${marked}\n`;
}
