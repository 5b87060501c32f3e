/** Benchmarks of the papers, and the two other Kinetics sets, which are evaluated as Kinetics-400 is. */
export type BenchmarkName =
  | 'kinetics-400'
  | 'kinetics-600'
  | 'kinetics-700'
  | 'something-something-v2'
  | 'diving48'
  | 'jester'
  | 'coin'
  | 'ava-2.2'
  | 'imagenet-1k'
  | 'places205'
  | 'inaturalist-2021';

/** Benchmarks that V-JEPA's paper has. */
export type VjepaBenchmarkName = Exclude<BenchmarkName, 'diving48' | 'jester' | 'coin'>;

/** Frames of a video that an evaluation looks at. */
export interface ClipProtocol {
  framesPerClip: number;
  /** Frames of the video from one frame of the clip to the next. */
  frameStep: number;
  /** Clips per video, spread over its length. */
  segments: number;
  /** Spatial crops per clip, side by side along the longer side. */
  views: number;
}

/** Pixels at the evaluation's resolution S. */
export interface PixelProtocol {
  /** 'crop' makes the short side S; 'margin' makes it int(S · 256 / 224). */
  shortSide: 'crop' | 'margin';
  /** How frames or images are scaled. */
  interpolation: 'bilinear' | 'bilinear-antialiased';
  crop: 'views along the long side' | 'centre';
}

/** What the training part of a probe's data goes through. */
export interface TrainingPixels {
  /** Range of the random resized crop's area and of its ratio of width to height. */
  scale: readonly [number, number];
  ratio: readonly [number, number];
  /** Probability; 0 where left and right are part of a class's meaning or the reference does not flip. */
  horizontalFlip: number;
  augmentation: 'rand-m7-n4-mstd0.5-inc1' | 'AutoAugment original' | 'none';
  /** Probability of erasing one rectangle. */
  randomErasing: number;
}

/** How the frozen probe is trained. */
export interface ProbeTraining {
  epochs: number;
  /** Samples per step over all devices. */
  batch: number;
  learningRate: number;
  finalLearningRate: number;
  warmupEpochs: number;
  startLearningRate: number;
  weightDecay: number;
  /** The cosine's end; the reference's default where its configuration names none. */
  finalWeightDecay: number;
  /** Largest global gradient norm; undefined for no clipping. */
  clipNorm: number | undefined;
  optimizer: 'AdamW';
}

/** How a benchmark is evaluated: clips, pixels, probe and metric. */
export interface EvaluationProtocol<Probe = ProbeTraining> {
  benchmark: BenchmarkName;
  kind: 'video' | 'image' | 'detection';
  title: string;
  classes: number;
  metric: 'top-1' | 'mAP at 0.5 overlap';
  /** undefined for images, which are repeated over the clip's frames. */
  clip: ClipProtocol | undefined;
  /** Times an image is repeated in time to make a clip. */
  imageRepeats: number | undefined;
  validation: PixelProtocol | undefined;
  training: TrainingPixels | undefined;
  probe: Probe;
  /** Whether a mirrored sample keeps its label; Something-Something tells left from right. */
  flipKeepsLabel: boolean;
  /** Where the protocol differs from what a reader may expect. */
  notes: readonly string[];
}

const VIDEO_PROBE: ProbeTraining = {
  epochs: 20,
  batch: 256,
  learningRate: 1e-3,
  finalLearningRate: 0,
  warmupEpochs: 0,
  startLearningRate: 1e-3,
  weightDecay: 0.01,
  finalWeightDecay: 1e-6,
  clipNorm: 1,
  optimizer: 'AdamW',
};

const IMAGE_PROBE: ProbeTraining = { ...VIDEO_PROBE, batch: 1024, weightDecay: 0.001 };

const VIDEO_TRAINING: TrainingPixels = {
  scale: [0.08, 1],
  ratio: [3 / 4, 4 / 3],
  horizontalFlip: 0,
  augmentation: 'rand-m7-n4-mstd0.5-inc1',
  randomErasing: 0.25,
};

const IMAGE_TRAINING: TrainingPixels = {
  ...VIDEO_TRAINING,
  horizontalFlip: 0.5,
  augmentation: 'AutoAugment original',
};

const VIDEO_NOTES = [
  'The reference does not flip while training a video probe, and uses RandAugment and erasing; the paper says the opposite.',
  'With several views the short side is scaled to S; with one view to int(S * 256 / 224), then the centre is cropped.',
  'The reference draws random windows of long videos at validation too; the centre of each segment is the exact default here.',
] as const;

const IMAGE_NOTES = [
  'An image is repeated 16 times in time; the probe sees all 8 time steps of tokens.',
  'The paper names weight decay 0.01 for images; the reference configurations have 0.001.',
] as const;

function video(benchmark: VjepaBenchmarkName, title: string, classes: number, segments: number): EvaluationProtocol {
  return {
    benchmark,
    kind: 'video',
    title,
    classes,
    metric: 'top-1',
    clip: { framesPerClip: 16, frameStep: 4, segments, views: 3 },
    imageRepeats: undefined,
    validation: { shortSide: 'crop', interpolation: 'bilinear', crop: 'views along the long side' },
    training: VIDEO_TRAINING,
    probe: VIDEO_PROBE,
    flipKeepsLabel: benchmark !== 'something-something-v2',
    notes: VIDEO_NOTES,
  };
}

function image(benchmark: VjepaBenchmarkName, title: string, classes: number): EvaluationProtocol {
  return {
    benchmark,
    kind: 'image',
    title,
    classes,
    metric: 'top-1',
    clip: undefined,
    imageRepeats: 16,
    validation: { shortSide: 'margin', interpolation: 'bilinear-antialiased', crop: 'centre' },
    training: IMAGE_TRAINING,
    probe: IMAGE_PROBE,
    flipKeepsLabel: true,
    notes: IMAGE_NOTES,
  };
}

const AVA: EvaluationProtocol = {
  benchmark: 'ava-2.2',
  kind: 'detection',
  title: 'AVA v2.2',
  classes: 60,
  metric: 'mAP at 0.5 overlap',
  clip: { framesPerClip: 16, frameStep: 4, segments: 1, views: 1 },
  imageRepeats: undefined,
  validation: undefined,
  training: undefined,
  probe: {
    epochs: 30,
    batch: 64,
    learningRate: 1e-4,
    finalLearningRate: 1e-6,
    warmupEpochs: 2,
    startLearningRate: 1e-6,
    weightDecay: 0.05,
    finalWeightDecay: 0.05,
    clipNorm: undefined,
    optimizer: 'AdamW',
  },
  flipKeepsLabel: true,
  notes: [
    'Person boxes come from a detector (Faster R-CNN, ResNeXt-101-FPN); a linear classifier reads the features of four ' +
      'layers side by side: blocks 18, 20, 22, 24 of ViT-L, 26, 28, 30, 32 of ViT-H, counted from 1.',
    'The paper names no frame step for AVA; 4 is that of its other video benchmarks. It has no code for AVA.',
  ],
};

/** V-JEPA's evaluation protocols by benchmark, as the reference's configurations and the paper's appendix give them. */
export const PROTOCOLS: Readonly<Record<VjepaBenchmarkName, EvaluationProtocol>> = {
  'kinetics-400': /* @__PURE__ */ video('kinetics-400', 'Kinetics-400', 400, 8),
  'kinetics-600': /* @__PURE__ */ video('kinetics-600', 'Kinetics-600', 600, 8),
  'kinetics-700': /* @__PURE__ */ video('kinetics-700', 'Kinetics-700', 700, 8),
  'something-something-v2': /* @__PURE__ */ video('something-something-v2', 'Something-Something v2', 174, 2),
  'ava-2.2': AVA,
  'imagenet-1k': /* @__PURE__ */ image('imagenet-1k', 'ImageNet-1K', 1000),
  places205: /* @__PURE__ */ image('places205', 'Places205', 205),
  'inaturalist-2021': /* @__PURE__ */ image('inaturalist-2021', 'iNaturalist 2021', 10_000),
};
