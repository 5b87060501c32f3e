import { requireChoice, requireCounts, requireNumbers, settingsRecord, unfitSetting } from '@vjepa/training';
import type { FrameSize, Sides } from '@vjepa/video';
import type { ClipEncoder, Overrides } from '@vjepa/vit';
import { requireSeed } from '../decode/decoder-plan.js';
import type { EvaluationRecord } from '../evaluate/evaluation-record.js';
import { requireLayers } from '../features/feature-options.js';
import { requireEncoder, requireRates } from '../require-given.js';
import { withDefaults } from '../with-defaults.js';

/** Sets of pictures whose every pixel is annotated. */
export type DenseBenchmark = 'ade20k' | 'pascal-voc' | 'folder' | 'nyu-depth';

/** What is asked for; whatever is left out or `undefined` has a default. */
export interface DenseSettings {
  /** The frozen encoder. */
  encoder: ClipEncoder;
  /** The file of its parameters; null: none, they are drawn from the seed, as those that a pretraining of it begins with. */
  checkpoint: string | null;
  /** The model in it. Default: the target encoder, else the encoder. */
  checkpointKey?: string | undefined;
  data: DenseData;
  /** The block whose features are used, counted from 1. Default: the last. */
  layer?: number | undefined;
  /**
   * Pixels that the encoder sees at once, in whole patches: S, the side of squares, or height and width. Default: the encoder's
   * `imageSize`; of NYU Depth 480 x 640.
   */
  size?: FrameSize | undefined;
  probe?: Overrides<DenseProbeSettings> | undefined;
  training?: Overrides<DenseTraining> | undefined;
  /** Decides everything random. Default 0. */
  seed?: number | undefined;
}

/** Where pictures are. */
export interface DenseData {
  benchmark: DenseBenchmark;
  root: string;
  /** Split to train on. Default `train`; of PASCAL VOC `train_aug`. */
  train?: string | undefined;
  /** Split to measure. Default `val`; of NYU Depth `test`. */
  validation?: string | undefined;
}

/** The layer and what lies before and after it. */
export interface DenseProbeSettings {
  /** Whether a BatchNorm lies before it. Default true. */
  norm: boolean;
  /** Of depth: K bins; 0: none. Default 256. */
  bins: number;
  /** Of depth, in metres: what was measured between counts, and bins lie between. Default 0.001 and 10. */
  minDepth: number;
  maxDepth: number;
}

/** How probes are trained: all on the same features at once. */
export interface DenseTraining {
  epochs: number;
  /** Pictures of a step. */
  batchSize: number;
  /** A probe for each pair of these. */
  learningRates: readonly number[];
  weightDecays: readonly number[];
  /** Share of the training pictures that is held out to choose the best of several probes by. */
  heldOut: number;
  /** Share of the steps until the learning rate is the largest; from there it falls to 0, along a line. */
  warmup: number;
  /** Least and largest factor of a picture's size, drawn for each crop. */
  scale: readonly [number, number];
  /** Whether crops are drawn and mirrored. false: the centre of each picture, whose features are kept in memory. */
  augment: boolean;
  /** Pixels of a picture, down and across, to one at which the loss is taken. */
  targetStride: number;
}

/** Everything that a dense evaluation needs to know, worked out and checked. */
export interface DensePlan {
  readonly kind: 'dense_segmentation_frozen' | 'dense_depth_frozen';
  readonly encoder: ClipEncoder;
  readonly checkpoint: string | null;
  readonly checkpointKey: string;
  readonly data: { [Key in keyof DenseData]-?: NonNullable<DenseData[Key]> };
  readonly layer: number;
  readonly size: Sides;
  readonly probe: DenseProbeSettings;
  readonly training: DenseTraining;
  readonly seed: number;
}

const BENCHMARKS: readonly DenseBenchmark[] = ['ade20k', 'pascal-voc', 'folder', 'nyu-depth'];

const PROBE: DenseProbeSettings = { norm: true, bins: 256, minDepth: 1e-3, maxDepth: 10 };

/** Near DINOv2's linear protocol: 40,000 steps of 16 pictures of ADE20K are 32 epochs, 38,400 of NYU Depth 25. */
const SEGMENTATION: DenseTraining = {
  ...{ epochs: 32, batchSize: 16, learningRates: [1e-3], weightDecays: [1e-4] },
  ...{ heldOut: 0.05, warmup: 0.0375, scale: [0.5, 2], augment: true, targetStride: 1 },
};
const DEPTH: DenseTraining = {
  ...SEGMENTATION,
  ...{ epochs: 25, learningRates: [1e-3, 3e-4, 1e-4], weightDecays: [1e-2, 1e-3], scale: [1, 1] },
};

/**
 * Plans a dense evaluation: nothing is read or computed yet.
 *
 * @throws InputError when a setting is of the wrong kind
 */
export function planDense(settings: DenseSettings): DensePlan {
  const { encoder, checkpoint, checkpointKey = 'target_encoder', data, seed = 0 } = settings;
  requireEncoder(encoder);
  requireSeed(seed);
  requireChoice('data.benchmark', data?.benchmark ?? null, BENCHMARKS);
  if (typeof data.root !== 'string') throw unfitSetting('data.root', 'the folder of a data set', data.root);
  const isDepth = data.benchmark === 'nyu-depth';
  const { layer = encoder.depth } = settings;
  requireLayers('layer', encoder, [layer]);
  const probe = withDefaults(PROBE, settings.probe);
  const training = withDefaults(isDepth ? DEPTH : SEGMENTATION, settings.training);
  requireProbe(probe);
  requireTraining(training);
  const train = data.train ?? (data.benchmark === 'pascal-voc' ? 'train_aug' : 'train');
  const validation = data.validation ?? (isDepth ? 'test' : 'val');
  return {
    kind: isDepth ? 'dense_depth_frozen' : 'dense_segmentation_frozen',
    ...{ encoder, checkpoint, checkpointKey, layer, probe, training, seed },
    data: { benchmark: data.benchmark, root: data.root, train, validation },
    size: wholePatches(settings.size ?? (isDepth ? { height: 480, width: 640 } : encoder.imageSize), encoder),
  };
}

function wholePatches(size: FrameSize, { patchSize }: ClipEncoder): Sides {
  const sides = typeof size === 'number' ? { height: size, width: size } : size;
  for (const side of [sides.height, sides.width]) {
    if (Number.isInteger(side) && side >= patchSize && side % patchSize === 0) continue;
    throw unfitSetting('size', `multiples of the patch, ${patchSize} pixels`, size);
  }
  return { height: sides.height, width: sides.width };
}

function requireProbe({ norm, bins, minDepth, maxDepth }: DenseProbeSettings): void {
  if (typeof norm !== 'boolean') throw unfitSetting('probe.norm', 'true or false', norm);
  if (bins !== 0) requireCounts({ 'probe.bins': bins });
  requireNumbers({ 'probe.minDepth': minDepth, 'probe.maxDepth': maxDepth }, 0);
  if (bins === 1) throw unfitSetting('probe.bins', 'at least 2, or 0 for none', bins);
  if (!(minDepth > 0 && maxDepth > minDepth)) {
    throw unfitSetting('probe.maxDepth', `metres above the least depth, ${minDepth}, which is above 0`, maxDepth);
  }
}

/** @throws InputError naming the first setting with which nothing can be trained */
function requireTraining(training: DenseTraining): void {
  const { epochs, batchSize, targetStride, heldOut, warmup, scale, augment } = training;
  requireCounts({
    'training.epochs': epochs,
    'training.batchSize': batchSize,
    'training.targetStride': targetStride,
  });
  requireRates('training.learningRates', training.learningRates);
  requireRates('training.weightDecays', training.weightDecays);
  for (const [name, share] of Object.entries({ heldOut, warmup })) {
    if (!(share >= 0 && share < 1)) throw unfitSetting(`training.${name}`, 'a share of at least 0, below 1', share);
  }
  const [least = 0, most = 0] = Array.isArray(scale) ? (scale as readonly number[]) : [];
  if (!(0 < least && least <= most))
    throw unfitSetting('training.scale', 'two factors above 0, the smaller first', scale);
  if (typeof augment !== 'boolean') throw unfitSetting('training.augment', 'true or false', augment);
  const probes = training.learningRates.length * training.weightDecays.length;
  if (probes > 1 && heldOut === 0) {
    throw unfitSetting('training.heldOut', `a share above 0, to choose the best of ${probes} probes by`, heldOut);
  }
}

/** What may be another when a training is resumed: names of what is compared itself. */
const MAY_CHANGE: ReadonlySet<string> = new Set(['checkpoint', 'data.root']);

/** The plan itself, in `settings.json`. */
export function denseRecord(plan: DensePlan): EvaluationRecord {
  return { run: settingsRecord(plan.kind, plan), settings: plan, mayChange: MAY_CHANGE };
}

/** A learning rate and a weight decay for each probe. */
export function denseCandidates({ learningRates, weightDecays }: DenseTraining) {
  return learningRates.flatMap((learningRate) => weightDecays.map((weightDecay) => ({ learningRate, weightDecay })));
}
