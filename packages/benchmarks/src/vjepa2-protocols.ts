import { type BenchmarkName, type ClipProtocol, type EvaluationProtocol, PROTOCOLS } from './protocols.js';

/** Benchmarks of V-JEPA 2's paper that a probe classifies. */
export type Vjepa2BenchmarkName = Extract<
  BenchmarkName,
  'something-something-v2' | 'diving48' | 'jester' | 'kinetics-400' | 'coin' | 'imagenet-1k'
>;

/** What one of the probes that train at once is trained with: half cosines of learning rate and weight decay. */
export interface ProbeHead {
  learningRate: number;
  startLearningRate: number;
  finalLearningRate: number;
  warmupEpochs: number;
  weightDecay: number;
  finalWeightDecay: number;
}

/** V-JEPA 2's probes: three self-attention blocks on all tokens, then cross-attention, many of them on one feature pass. */
export interface Vjepa2ProbeTraining {
  /** Attentive blocks, the cross-attention among them. */
  depth: number;
  numHeads: number;
  /** `four`: the probe sees four layers' tokens one after the other (see {@link vjepa2ProbeLayers}); `last`: the last's. */
  layers: 'last' | 'four';
  epochs: number;
  /** Samples per step over all devices. */
  batch: number;
  /** The best on the validation set is what was published. */
  heads: readonly ProbeHead[];
  optimizer: 'AdamW, every parameter decayed';
  clipNorm: undefined;
}

/** How V-JEPA 2 evaluates a benchmark. */
export interface Vjepa2Protocol extends EvaluationProtocol<Vjepa2ProbeTraining> {
  benchmark: Vjepa2BenchmarkName;
  /** What is other for ViT-g at 384 pixels. */
  giant384: { clip?: ClipProtocol | undefined; imageRepeats?: number | undefined };
}

function head(learningRate: number, weightDecay: number, other: Partial<ProbeHead> = {}): ProbeHead {
  return {
    learningRate,
    startLearningRate: learningRate,
    finalLearningRate: 0,
    warmupEpochs: 0,
    weightDecay,
    finalWeightDecay: weightDecay,
    ...other,
  };
}

const TWENTY_HEADS = /* @__PURE__ */ [0.01, 0.1, 0.4, 0.8].flatMap((weightDecay) =>
  [5e-3, 3e-3, 1e-3, 3e-4, 1e-4].map((learningRate) => head(learningRate, weightDecay)),
);

const THREE_HEADS = /* @__PURE__ */ [1e-3, 3e-4, 1e-4].map((learningRate) => head(learningRate, 0.8));

const IMAGE_HEADS = /* @__PURE__ */ [
  head(1e-3, 1e-3, { finalWeightDecay: 0 }),
  ...[5e-4, 1e-3, 1.5e-3, 2e-3].flatMap((learningRate) =>
    [8e-3, 4e-3, 2e-3, 1e-3, 5e-4].map((weightDecay) =>
      head(learningRate, weightDecay, { startLearningRate: 2e-4, warmupEpochs: 5 }),
    ),
  ),
];

const LAST_LAYER: Vjepa2ProbeTraining = {
  depth: 4,
  numHeads: 16,
  layers: 'last',
  epochs: 20,
  batch: 256,
  heads: TWENTY_HEADS,
  optimizer: 'AdamW, every parameter decayed',
  clipNorm: undefined,
};

const NOTES = [
  'What was published is the best head on the validation set itself.',
  'Segments of a video are joined on tokens; crops are averaged.',
  'The reference draws random windows of long videos at validation too; the centre of each segment is the exact default here.',
] as const;

/**
 * V-JEPA 2's evaluation protocols by benchmark, as the published configurations of ViT-L at 256 pixels have them; what is
 * other for ViT-g at 384 stands beside. Pixels are those of V-JEPA's.
 */
export const VJEPA2_PROTOCOLS: Readonly<Record<Vjepa2BenchmarkName, Vjepa2Protocol>> = /* @__PURE__ */ protocols();

function protocols(): Record<Vjepa2BenchmarkName, Vjepa2Protocol> {
  return {
    'something-something-v2': {
      ...PROTOCOLS['something-something-v2'],
      ...{ benchmark: 'something-something-v2', probe: LAST_LAYER, notes: NOTES },
      giant384: { clip: { framesPerClip: 64, frameStep: 2, segments: 2, views: 3 } },
    },
    diving48: motion('diving48', 'Diving48', 48),
    jester: motion('jester', 'Jester', 27),
    'kinetics-400': {
      ...PROTOCOLS['kinetics-400'],
      ...{ benchmark: 'kinetics-400', probe: LAST_LAYER, notes: NOTES, giant384: {} },
    },
    coin: {
      ...PROTOCOLS['kinetics-400'],
      ...{ benchmark: 'coin', title: 'COIN', classes: 180, giant384: {} },
      probe: { ...LAST_LAYER, batch: 128 },
      notes: [...NOTES, 'The paper names 32 frames a clip; the published configurations have 16.'],
    },
    'imagenet-1k': {
      ...PROTOCOLS['imagenet-1k'],
      ...{ benchmark: 'imagenet-1k', giant384: { imageRepeats: 18 } },
      probe: { ...LAST_LAYER, batch: 1024, heads: IMAGE_HEADS },
      notes: [NOTES[0], 'An image is repeated 16 times in time, 18 for ViT-g at 384 pixels.'],
    },
  };
}

/** Short videos of fine-grained motion: 4 clips of 32 frames, 3 crops, four layers. A mirrored one is another. */
function motion(benchmark: Vjepa2BenchmarkName, title: string, classes: number): Vjepa2Protocol {
  return {
    ...PROTOCOLS['kinetics-400'],
    ...{ benchmark, title, classes, notes: NOTES, giant384: {} },
    clip: { framesPerClip: 32, frameStep: 2, segments: 4, views: 3 },
    probe: { ...LAST_LAYER, layers: 'four', epochs: 100, batch: 128, heads: THREE_HEADS },
    flipKeepsLabel: false,
  };
}

const FOUR_LAYERS: Readonly<Record<number, readonly number[]>> = {
  24: [18, 20, 22, 24],
  32: [26, 28, 30, 32],
  40: [25, 30, 35, 40],
};

/**
 * The four layers, counted from 1, that V-JEPA 2's probes of motion see of an encoder of so many blocks; undefined where
 * none were published.
 */
export function vjepa2ProbeLayers(depth: number): readonly number[] | undefined {
  return FOUR_LAYERS[depth];
}
