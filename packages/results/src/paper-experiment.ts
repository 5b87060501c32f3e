import type { LabelKind, MovingObjectsFiles } from '@vjepa/benchmarks';
import { type MaskPlan, planPretraining } from '@vjepa/training';
import type {
  Cell,
  Claim,
  Comparison,
  Contrast,
  Experiment,
  Method,
  PretrainingRecipe,
  ProbeRecipe,
} from './experiment.js';
import { flopsOfStep, merged } from './pretraining-plans.js';

/** What `paperExperiment` takes: everything that a size decides. */
export interface PaperExperimentOptions {
  /** The videos: all splits of `counts` are needed. */
  benchmark: MovingObjectsFiles;
  /** How the second set differs, from which a mix is made. Default: other objects, `fashion-mnist`, under another seed. */
  others?: Partial<MovingObjectsFiles> | undefined;
  /** Training videos of the two baselines that cannot know a label. Default: as many as there are. */
  baselineVideos?: number | undefined;
  /** How V-JEPA is pretrained. */
  recipe: PretrainingRecipe;
  /** Updates of all pretrainings, as a multiple of the recipe's, warm-up included. Default 1. */
  length?: number | undefined;
  /** Updates on pixels that take as long as one on features. Default: as many as need as many operations. */
  pixelUpdates?: number | undefined;
  probe: ProbeRecipe;
  endToEnd: Experiment['endToEnd'];
  seeds: readonly number[];
  /** `core`: what needs two pretrainings. `full`: all comparisons. */
  scope: 'core' | 'full';
}

const LABELS = ['appearance', 'motion'] as const;
const [RANDOM, VJEPA, CONTEXT] = ['random weights', 'V-JEPA', 'V-JEPA, context encoder'];
const [PIXELS, PIXELS_LONGER] = ['pixels', 'pixels, equal time'];
const [TUBES, CAUSAL, SPARSE] = ['random tubes', 'causal multi-block', 'multi-block, half as large'];
const [FEW, OTHERS, MIX] = ['a quarter of the videos', 'other videos', 'a mix of both'];
const SUPERVISED = 'supervised on appearance';
const QUARTERS = [1, 2, 3] as const;

/** Of the labels, as the paper has them, and all. */
const SHARES = { core: [0.1, 1], full: [0.05, 0.1, 0.5, 1] } as const;

/**
 * The comparisons of V-JEPA's paper on generated videos of moving objects: what is asked, of which encoders, and what the
 * paper says of it. Sizes, rates and lengths are the caller's.
 */
export function paperExperiment(options: PaperExperimentOptions): Experiment {
  const { benchmark, recipe, probe, endToEnd, seeds, scope } = options;
  const isFull = scope === 'full';
  const comparisons = [
    room(options),
    pretrainingHelps(scope),
    targets(scope),
    pooling(),
    labels(scope),
    ...(isFull ? [fineTuning(), masks(), data(), supervisedStart(), updates()] : []),
  ];
  const set: MovingObjectsFiles = { ...benchmark };
  const { baselineVideos } = options;
  const fewer = baselineVideos !== undefined && { counts: { ...set.counts, train: baselineVideos } };
  const baseline: MovingObjectsFiles = { ...set, ...fewer };
  return {
    videos: {
      main: set,
      'one frame': { ...baseline, shown: 'frame' },
      'no object': { ...baseline, shown: 'background' },
      ...(isFull && { others: { ...set, seed: set.seed + 1, objects: 'fashion-mnist', ...options.others } }),
    },
    recipe,
    pretrainings: Object.fromEntries(
      Object.entries(pretrainingsOf(options)).map(([name, variant]) => {
        return [name, { ...variant, length: (options.length ?? 1) * (variant.length ?? 1) }];
      }),
    ),
    starts: startsOf(isFull),
    ...{ probe, endToEnd, comparisons, seeds },
  };
}

function pretrainingsOf({ recipe, scope, ...options }: PaperExperimentOptions): Experiment['pretrainings'] {
  return {
    [VJEPA]: {},
    [PIXELS]: { changes: ON_PIXELS },
    ...(scope === 'full' && {
      [PIXELS_LONGER]: { changes: ON_PIXELS, length: options.pixelUpdates ?? pixelUpdates(recipe) },
      [TUBES]: { changes: { masks: tubesLike(recipe.masks) } },
      [CAUSAL]: { changes: { masks: causal(recipe.masks) } },
      [SPARSE]: { changes: { masks: halved(recipe.masks) } },
      [FEW]: { changes: { clips: { fraction: 0.25 } } },
      [OTHERS]: { data: [{ videos: 'others' }] },
      [MIX]: {
        changes: { clips: { fraction: 0.5 } },
        data: [
          { videos: 'main', weight: 0.5 },
          { videos: 'others', weight: 0.5 },
        ],
      },
    }),
  };
}

function startsOf(isFull: boolean): Experiment['starts'] {
  const target = (pretraining: string) => ({ kind: 'pretrained', pretraining, encoder: 'target' }) as const;
  // Where pixels are predicted there is no target encoder.
  const trained = (pretraining: string) => ({ kind: 'pretrained', pretraining, encoder: 'context' }) as const;
  const core: Experiment['starts'] = {
    [RANDOM]: { kind: 'random' },
    [VJEPA]: target(VJEPA),
    [CONTEXT]: trained(VJEPA),
    [PIXELS]: trained(PIXELS),
  };
  if (!isFull) return core;
  return {
    ...core,
    [PIXELS_LONGER]: trained(PIXELS_LONGER),
    ...Object.fromEntries([TUBES, CAUSAL, SPARSE, FEW, OTHERS, MIX].map((name) => [name, target(name)])),
    [SUPERVISED]: { kind: 'supervised', label: 'appearance' },
    ...Object.fromEntries(QUARTERS.map((quarters) => [after(VJEPA, quarters), { ...target(VJEPA), quarters }])),
    ...Object.fromEntries(QUARTERS.map((quarters) => [after(PIXELS, quarters), { ...trained(PIXELS), quarters }])),
  };
}

function after(name: string, quarters: (typeof QUARTERS)[number]): string {
  return `${name}, ${25 * quarters} % of the updates`;
}

function room({ benchmark, baselineVideos, scope }: PaperExperimentOptions): Comparison {
  const taught = (labels: readonly LabelKind[], videos?: string) =>
    labels.map((label) => ({ ...cell(RANDOM, 'end to end', label), ...(videos !== undefined && { videos }) }));
  // What a frame says of its object is no surprise, and what the background says of it can wait.
  const askedOfBaselines = scope === 'full' ? LABELS : (['motion'] as const);
  return {
    title: 'The room of the benchmark',
    about:
      'What there is to win: a model of the same size that is trained end to end with all labels, against an attentive ' +
      'probe on random weights. And what gives the labels away: the same model that sees one frame of each video, ' +
      `repeated, or the whole video without its object${baselineVideos === undefined ? '' : `, of ${baselineVideos} training videos instead of ${benchmark.counts.train}`}.`,
    cells: [
      ...taught(LABELS),
      ...taught(askedOfBaselines, 'one frame'),
      ...taught(askedOfBaselines, 'no object'),
      ...LABELS.map((label) => cell(RANDOM, 'attentive probe', label)),
    ],
  };
}

function pretrainingHelps(scope: 'core' | 'full'): Comparison {
  const starts = [RANDOM, VJEPA, CONTEXT];
  return {
    title: 'Pretraining against random weights',
    about:
      'Frozen encoders under an attentive probe. The target encoder, an average of the context encoder over updates, is what the paper evaluates.',
    cells: [
      ...everywhere(starts, 'attentive probe', SHARES[scope]),
      ...(scope === 'full' ? starts.map((start) => cell(start, 'attentive probe', 'joint')) : []),
    ],
    claims: [
      {
        claim: 'Predicting features teaches a frozen encoder appearance and motion (all labels)',
        source: 'abstract',
        contrast: difference([VJEPA], [RANDOM]),
      },
      {
        claim: 'The same with 10 % of the labels',
        source: 'abstract',
        contrast: difference([VJEPA], [RANDOM], { share: 0.1 }),
      },
      {
        claim: 'The target encoder is the better one',
        source: 'what the published configs evaluate',
        contrast: difference([VJEPA], [CONTEXT]),
      },
    ],
    chart: 'labels',
  };
}

function targets(scope: 'core' | 'full'): Comparison {
  const frozen: Claim = {
    claim: 'Features are better targets than pixels: frozen, equal updates',
    source: 'section 4.1, table 1',
    contrast: difference([VJEPA], [PIXELS]),
  };
  const full: Claim[] = [
    {
      claim: 'The same in equal time',
      source: 'section 5.1, table 5',
      contrast: difference([VJEPA], [PIXELS_LONGER]),
    },
    {
      claim: 'The same fine-tuned',
      source: 'section 4.1, table 1',
      contrast: difference([VJEPA, 'end to end'], [PIXELS, 'end to end']),
    },
  ];
  const starts = scope === 'full' ? [VJEPA, PIXELS, PIXELS_LONGER] : [VJEPA, PIXELS];
  return {
    title: 'Features against pixels as targets',
    about:
      'The same encoder, predictor, masks and videos; what is predicted are the target encoder’s features, or the pixels of each ' +
      'patch, by a predictor that learns as fast as the encoder does: these targets stand still.',
    cells: [
      ...everywhere(starts, 'attentive probe'),
      ...(scope === 'full' ? everywhere([VJEPA, PIXELS], 'end to end') : []),
    ],
    claims: scope === 'full' ? [frozen, ...full] : [frozen],
  };
}

function pooling(): Comparison {
  return {
    title: 'Attentive against average pooling',
    about: 'One learned query that attends to all tokens, or a linear layer on their mean.',
    cells: [...everywhere([RANDOM, VJEPA], 'attentive probe'), ...everywhere([RANDOM, VJEPA], 'average probe')],
    claims: [
      {
        claim: 'Attentive pooling reads more out of V-JEPA than average pooling',
        source: 'section 4.3, table 3',
        contrast: difference([VJEPA], [VJEPA, 'average probe']),
      },
    ],
  };
}

function labels(scope: 'core' | 'full'): Comparison {
  const fewest = SHARES[scope][0];
  return {
    title: 'With fewer labels',
    about: 'An attentive probe of as many updates, on a share of every class, of which it sees random crops.',
    cells: everywhere([RANDOM, VJEPA, PIXELS], 'attentive probe', SHARES[scope]),
    claims: [
      {
        claim: `V-JEPA is above pixels with ${100 * fewest} % of the labels`,
        source: 'section 5.3, table 7',
        contrast: difference([VJEPA], [PIXELS], { share: fewest }),
      },
      {
        claim: 'and by more than with all of them',
        source: 'section 5.3, table 7',
        contrast: [...difference([VJEPA], [PIXELS], { share: fewest }), ...difference([PIXELS], [VJEPA])],
      },
    ],
    chart: 'labels',
  };
}

function fineTuning(): Comparison {
  return {
    title: 'Frozen against fine-tuned',
    about:
      'An attentive probe on the frozen encoder, or all parameters trained with the labels, from V-JEPA or from random weights.',
    cells: [
      ...everywhere([VJEPA], 'attentive probe', SHARES.full),
      ...everywhere([VJEPA, RANDOM], 'end to end', SHARES.full),
    ],
    claims: [
      {
        claim: 'Fine-tuning V-JEPA is better than probing it frozen',
        source: 'section 5.1, table 5',
        contrast: difference([VJEPA, 'end to end'], [VJEPA]),
      },
      {
        claim: 'Fine-tuning from V-JEPA is better than supervised training from random weights',
        source: 'section 5.1, table 5',
        contrast: difference([VJEPA, 'end to end'], [RANDOM, 'end to end']),
      },
    ],
    chart: 'labels',
  };
}

function masks(): Comparison {
  const over = (start: string, claim: string, source: string): Claim => ({
    ...{ claim, source },
    contrast: difference([VJEPA], [start]),
  });
  return {
    title: 'Masks',
    about:
      'The recipe’s multi-block masks; tubes of single patches at the same share; blocks whose context ends after three ' +
      'quarters of the clip; and blocks of half the area, so that less is masked.',
    cells: everywhere([VJEPA, TUBES, CAUSAL, SPARSE], 'attentive probe'),
    claims: [
      over(TUBES, 'Multi-block masks are better than random tubes', 'section 4.4, table 4'),
      over(CAUSAL, 'Multi-block masks are better than causal ones', 'section 4.4, table 4'),
      over(SPARSE, 'Masking most of a clip is better than masking less', 'section 3.2 and the appendix on masks'),
    ],
  };
}

function data(): Comparison {
  return {
    title: 'Pretraining data',
    about:
      'As many updates on all videos, on a quarter of them, on videos of other objects, and on half of each, drawn equally often.',
    cells: everywhere([VJEPA, FEW, OTHERS, MIX], 'attentive probe'),
    claims: [
      {
        claim: 'More pretraining videos are better',
        source: 'section 4.2, table 2',
        contrast: difference([VJEPA], [FEW]),
      },
      {
        claim: 'A mix of data sets is better than the one of other things',
        source: 'section 4.2, table 2',
        contrast: difference([MIX], [OTHERS]),
      },
    ],
  };
}

function supervisedStart(): Comparison {
  return {
    title: 'V-JEPA against a supervised start',
    about:
      'Frozen encoders: V-JEPA’s, and that of a model which was trained end to end to name the object, as image models are.',
    cells: everywhere([VJEPA, SUPERVISED], 'attentive probe'),
    claims: [
      {
        claim: 'V-JEPA knows more of motion than a model that was taught appearance',
        source: 'section 5.2, table 6',
        contrast: difference([VJEPA], [SUPERVISED], { labels: ['motion'] }),
      },
    ],
  };
}

function updates(): Comparison {
  const course = (name: string) => [...QUARTERS.map((quarters) => after(name, quarters)), name];
  return {
    title: 'In the course of pretraining',
    about: 'Frozen encoders after each quarter of the updates, under an attentive probe with all labels.',
    cells: everywhere([...course(VJEPA), ...course(PIXELS)], 'attentive probe'),
    chart: 'updates',
  };
}

function cell(start: string, method: Method, label: LabelKind, share = 1): Cell {
  return { start, method, label, share };
}

/** Cells of every start, label and share. */
function everywhere(starts: readonly string[], method: Method, shares: readonly number[] = [1]): Cell[] {
  return starts.flatMap((start) => LABELS.flatMap((label) => shares.map((share) => cell(start, method, label, share))));
}

/** The mean, over labels, of what one is above the other. */
function difference(
  [one, oneMethod = 'attentive probe']: readonly [start: string, method?: Method],
  [other, otherMethod = 'attentive probe']: readonly [start: string, method?: Method],
  { labels = LABELS, share = 1 }: { labels?: readonly LabelKind[]; share?: number } = {},
): Contrast {
  return labels.flatMap((label) => [
    { weight: 1 / labels.length, cell: cell(one, oneMethod, label, share) },
    { weight: -1 / labels.length, cell: cell(other, otherMethod, label, share) },
  ]);
}

/** What predicts pixels: no features are regularised, and the targets stand still, so that no predictor need keep up with them. */
const ON_PIXELS: Partial<PretrainingRecipe> = {
  objective: { targets: 'pixels', lossExponent: undefined, regularizerCoefficient: undefined },
  optimization: { predictorLearningRateScale: undefined },
};

function pixelUpdates(recipe: PretrainingRecipe): number {
  const [features, pixels] = [{}, ON_PIXELS].map((changes) =>
    flopsOfStep(planPretraining({ ...merged(recipe, changes), videos: ['videos'] })),
  );
  return features! / pixels!;
}

type Blocks = Extract<MaskPlan, { kind: 'multiblock3d' }>;

/** The recipe's blocks; the paper's where it leaves them open. */
function blocksOf(masks: MaskPlan | undefined): Blocks {
  if (masks?.kind === 'multiblock3d') return masks;
  const common = { aspectRatio: [0.75, 1.5], temporalScale: [1, 1] } as const;
  return {
    kind: 'multiblock3d',
    masks: [
      { ...common, numBlocks: 8, spatialScale: [0.15, 0.15] },
      { ...common, numBlocks: 2, spatialScale: [0.7, 0.7] },
    ],
  };
}

/** As many masks, each of the paper's share. */
function tubesLike(masks: MaskPlan | undefined): MaskPlan {
  return { kind: 'random_tube', masks: blocksOf(masks).masks.map(() => ({ ratio: 0.9 })) };
}

/** What is seen ends after three quarters of the clip: 12 of 16 frames, the paper's better one. */
function causal(masks: MaskPlan | undefined): MaskPlan {
  const blocks = blocksOf(masks);
  return { ...blocks, masks: blocks.masks.map((mask) => ({ ...mask, maxTemporalKeep: 0.75 })) };
}

function halved(masks: MaskPlan | undefined): MaskPlan {
  const blocks = blocksOf(masks);
  return {
    ...blocks,
    masks: blocks.masks.map((mask) => ({
      ...mask,
      spatialScale: [mask.spatialScale[0] / 2, mask.spatialScale[1] / 2] as [number, number],
    })),
  };
}
