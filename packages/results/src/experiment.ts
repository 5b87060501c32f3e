import type { LabelKind, MovingObjectsFiles } from '@vjepa/benchmarks';
import type { Precision } from '@vjepa/engine';
import type { FineTuningAugmentation, FineTuningHeadSettings, FineTuningTraining } from '@vjepa/evaluation';
import type { PretrainingSettings } from '@vjepa/training';
import type { Overrides } from '@vjepa/vit';

/**
 * Everything that is asked, and of what: plain data, which says what every number came from. What several cells need, such as
 * a pretraining, is done once.
 */
export interface Experiment {
  /** Generated videos by name. Those of `main` are what encoders are pretrained on and asked about where nothing else is said. */
  videos: Readonly<Record<string, MovingObjectsFiles>>;
  /** What all pretrainings have in common. */
  recipe: PretrainingRecipe;
  /** What each pretraining does otherwise, by name. */
  pretrainings: Readonly<Record<string, PretrainingVariant>>;
  /** Where encoders come from, by name. */
  starts: Readonly<Record<string, Start>>;
  probe: ProbeRecipe;
  /** Training end to end, of an encoder that was pretrained and of one with random weights. */
  endToEnd: { pretrained: EndToEndRecipe; scratch: EndToEndRecipe };
  comparisons: readonly Comparison[];
  /** Each draws first weights, the order of the videos, the labelled ones, and probes. */
  seeds: readonly number[];
}

/** A pretraining's settings, without what the experiment gives: videos and a seed. */
export type PretrainingRecipe = Omit<
  PretrainingSettings,
  'videos' | 'seed' | 'startFrom' | 'from' | 'checkpoints' | 'tag'
>;

/** How a pretraining differs from the recipe. */
export interface PretrainingVariant {
  /** In place of the recipe's; of a group such as `objective` only what is named. */
  changes?: Partial<PretrainingRecipe> | undefined;
  /** Updates, as a multiple of the recipe's; its warm-up is as large a part of them. Default 1. */
  length?: number | undefined;
  /** Sets of videos, and how often each is drawn from. Default: `main`. */
  data?: readonly { videos: string; weight?: number | undefined }[] | undefined;
}

/** An encoder's weights. */
export type Start =
  | { kind: 'random' }
  /** @property quarters of the pretraining that are done; default 4, its end */
  | { kind: 'pretrained'; pretraining: string; encoder: 'target' | 'context'; quarters?: 1 | 2 | 3 | undefined }
  /** The encoder of a model that was trained end to end from random weights, with these labels of `main`. */
  | { kind: 'supervised'; label: LabelKind };

/** What is done with an encoder. */
export type Method = 'attentive probe' | 'average probe' | 'end to end';

/** One thing that is measured, once for each seed. */
export interface Cell {
  /** The name of a start. */
  start: string;
  method: Method;
  label: LabelKind;
  /** Of the labels, above 0, at most 1. */
  share: number;
  /** The name of a set of videos. Default `main`. */
  videos?: string | undefined;
}

/** Cells that belong together, and what the paper says of them. */
export interface Comparison {
  title: string;
  /** What is compared, in a sentence or two. */
  about: string;
  cells: readonly Cell[];
  claims?: readonly Claim[] | undefined;
  /** A curve of accuracy over the share of the labels, or over updates of the pretraining. */
  chart?: 'labels' | 'updates' | undefined;
}

/** Something that the paper says, as a number that is positive where it holds. */
export interface Claim {
  claim: string;
  /** Where the paper says it. */
  source: string;
  /** Sum of the cells' accuracies by their weights. */
  contrast: Contrast;
}

/** Cells and their weights, which add up to 0. */
export type Contrast = readonly { weight: number; cell: Cell }[];

/**
 * How probes are trained; learning rate and weight decay are those that do best on the validation videos. The decay does not
 * change during training.
 */
export interface ProbeRecipe {
  /** Updates of every probe, whatever its share of the labels. */
  updates: number;
  batchSize: number;
  learningRates: { attentive: readonly number[]; average: readonly number[] };
  weightDecays: readonly number[];
  /**
   * What a share of the labels is trained on: so many random crops of each of its videos, or fewer where that is as many clips as
   * there are videos. Default, and with all labels: each video once, whole.
   */
  crops?: { most: number; scale: readonly [number, number] } | undefined;
  /** Operands of matrix products, of encoder and probe, where the engine can choose. Default float32. */
  precision?: Precision | undefined;
}

/** A training end to end, in updates instead of epochs. */
export interface EndToEndRecipe {
  updates: number;
  /** Share of the updates until the learning rate is the largest. */
  warmup: number;
  head?: Pick<FineTuningHeadSettings, 'pooling' | 'dropout'> | undefined;
  training: Overrides<Omit<FineTuningTraining, 'epochs' | 'warmupEpochs'>>;
  augmentation?: Overrides<FineTuningAugmentation> | undefined;
  /** Operands of matrix products, where the engine can choose. Default float32. */
  precision?: Precision | undefined;
}

/** Every cell of an experiment once, in the order in which they are first asked for. */
export function cellsOf({ comparisons }: Pick<Experiment, 'comparisons'>): Cell[] {
  const cells = comparisons.flatMap((comparison) => comparison.cells);
  return [...new Map(cells.map((cell) => [cellName(cell), cell])).values()];
}

/** A name that no other cell has: also its folder's, without the seed. */
export function cellName({ start, method, label, share, videos = 'main' }: Cell): string {
  return [videos, start, method, `${label} ${100 * share}`].map(inFileName).join('/');
}

/** A cell in words. */
export function describeCell({ start, method, label, share, videos = 'main' }: Cell): string {
  return `${start}, ${method}, ${label}, ${percent(share)} of the labels${videos === 'main' ? '' : ` (${videos})`}`;
}

/** A share as it is said. */
export function percent(share: number): string {
  return `${Number((100 * share).toFixed(6))} %`;
}

/** Letters, digits and hyphens. */
export function inFileName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '');
}
