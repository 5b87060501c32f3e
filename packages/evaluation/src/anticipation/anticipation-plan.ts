import { ANTICIPATION_PROTOCOL as PROTOCOL } from '@vjepa/benchmarks';
import type { AnticipationParts, AttentiveProbeConfig, TaskLossSettings } from '@vjepa/probe';
import { requireChoice, requireCounts, unfitSetting } from '@vjepa/training';
import {
  type AnticipationSettings as ClipBeforeAction,
  drawAnticipation,
  type SampleRequest,
  sampleRandom,
} from '@vjepa/video';
import { definedFields, isVjepa2, type Overrides, type Vjepa2EncoderConfig } from '@vjepa/vit';
import type { ClipRecipe, ClipRecipes } from '../evaluate/clip-recipe.js';
import { type EvaluationPlan, type EvaluationSettings, planEvaluation } from '../evaluate/evaluation-plan.js';
import { requireEncoder } from '../require-given.js';
import { withDefaults } from '../with-defaults.js';

/** What is asked for; whatever is left out or `undefined` is V-JEPA 2's, as published. */
export interface AnticipationSettings
  extends Pick<EvaluationSettings, 'checkpoint' | 'checkpointKey' | 'training' | 'sweep' | 'cache' | 'seed'>,
    Pick<EvaluationSettings, 'lowShot' | 'validateEvery' | 'encoderBatch' | 'probeBatch' | 'loading' | 'tag'> {
  /** The frozen encoder, of V-JEPA 2 or 2.1, for the resolution it is used at. */
  encoder: EvaluationSettings['encoder'];
  /** The predictor in the checkpoint. Default `predictor`. */
  predictorKey?: string | undefined;
  /** Its attention heads, which no tensor tells. Default: 12, of a width of 384, as the published ones are. */
  predictorHeads?: number | undefined;
  data: { annotations: string; videos: string };
  clips?: Overrides<AnticipationClips> | undefined;
  /** What the probe sees. Default: the encoder's tokens and the predictor's. */
  features?: AnticipationParts | undefined;
  /** Default: depth 4 and 16 heads. */
  probe?: { depth?: number | undefined; numHeads?: number | undefined } | undefined;
  /** Default: alpha 0.25, gamma 2, the losses of two samples added up. */
  loss?: TaskLossSettings | undefined;
}

/** The clip before an action. */
export interface AnticipationClips {
  /** Default 32. */
  frames: number;
  /** Frames of a clip in a second of video. Default 8. */
  clipRate: number;
  /** Seconds from a clip's end to the anchor, in training: the smallest and the largest. Default 0.25 and 1.75. */
  trainingSeconds: readonly [number, number];
  /** The same in validation. Default 1. */
  validationSeconds: readonly [number, number];
  /** Where in the action the anchor is, in training. Default 0 to 0.25. */
  trainingPoint: readonly [number, number];
  /** The same in validation. Default 0: at the end that is named. */
  validationPoint: readonly [number, number];
  /** What the seconds are counted back from: the action's `stop` (default, as published), or its `start` (the paper's text). */
  anchor: 'stop' | 'start';
  /** Whether training samples are drawn and augmented, or look as they do at test time. Default true. */
  augment: boolean;
}

/** Where EPIC-Kitchens-100 is. */
export interface ActionData {
  readonly kind: 'actions';
  /** Folder of the official csv files. */
  readonly annotations: string;
  /** Folder of the videos. */
  readonly videos: string;
}

/** Everything that an anticipation needs to know, worked out and checked. */
export interface AnticipationPlan extends Omit<EvaluationPlan, 'kind' | 'checkpoint' | 'data' | 'encoder' | 'probe'> {
  readonly kind: 'action_anticipation_frozen';
  readonly encoder: Vjepa2EncoderConfig;
  /** The file of encoder and predictor. */
  readonly checkpoint: string;
  readonly data: ActionData;
  /** But for its tasks: how many verbs, nouns and actions there are, the annotations tell. */
  readonly probe: AttentiveProbeConfig;
  readonly predictorKey: string;
  readonly predictorHeads: number | undefined;
  readonly features: AnticipationParts;
  readonly loss: TaskLossSettings;
}

/**
 * Plans a frozen action anticipation on EPIC-Kitchens-100 (V-JEPA 2, section 6), which `evaluate` does: nothing is read or
 * computed yet.
 *
 * @throws InputError when a setting is of the wrong kind, or sizes contradict each other
 */
export function planAnticipation(settings: AnticipationSettings): AnticipationPlan {
  const { encoder, data, predictorKey = 'predictor', features = 'encoder and predictor', sweep = {} } = settings;
  requireEncoder(encoder);
  const { checkpoint } = settings;
  if (checkpoint === null) throw unfitSetting('checkpoint', 'the file of an encoder and its predictor', checkpoint);
  if (!isVjepa2(encoder)) throw unfitSetting('encoder', 'one of V-JEPA 2 or 2.1, whose predictor foretells', 'V-JEPA');
  requireChoice('features', features, ['encoder and predictor', 'encoder', 'predictor']);
  requireCounts({ predictorHeads: settings.predictorHeads });
  const clips = anticipationClips(settings.clips);
  const { learningRates, weightDecays } = PROTOCOL;
  const all = planEvaluation({
    ...settings,
    encoder,
    data: { train: data.annotations, validation: data.annotations, classes: 1 },
    clips: undefined,
    probe: { ...PROTOCOL.probe, ...definedFields(settings.probe ?? {}), selfAttention: 'before' },
    training: {
      ...{ epochs: PROTOCOL.epochs, batchSize: PROTOCOL.batch },
      ...{ finalWeightDecay: null, clipNorm: null, decayed: 'all' },
      ...definedFields(settings.training ?? {}),
    },
    sweep: sweep.probes
      ? sweep
      : {
          ...sweep,
          learningRates: sweep.learningRates ?? learningRates,
          weightDecays: sweep.weightDecays ?? weightDecays,
        },
  });
  return {
    ...all,
    kind: 'action_anticipation_frozen',
    encoder,
    checkpoint,
    data: { kind: 'actions', annotations: data.annotations, videos: data.videos },
    recipes: anticipationRecipes(encoder, clips),
    // What was asked for is one with attention.
    probe: all.probe as AttentiveProbeConfig,
    ...{ predictorKey, features, predictorHeads: settings.predictorHeads },
    loss: withDefaults({ ...PROTOCOL.loss, samplesSummed: PROTOCOL.deviceBatch }, settings.loss),
  };
}

function anticipationClips(given: AnticipationSettings['clips']): AnticipationClips {
  const { trainingSeconds, validationSeconds, trainingPoint, validationPoint } = PROTOCOL;
  const ranges = { trainingSeconds, validationSeconds, trainingPoint, validationPoint };
  const own = { frames: PROTOCOL.framesPerClip, clipRate: PROTOCOL.clipRate, anchor: 'stop', augment: true } as const;
  const clips = withDefaults<AnticipationClips>({ ...own, ...ranges }, given);
  requireChoice('clips.anchor', clips.anchor, ['stop', 'start']);
  requireCounts({ 'clips.frames': clips.frames });
  if (!(clips.clipRate > 0)) throw unfitSetting('clips.clipRate', 'a number of frames above 0', clips.clipRate);
  for (const name of Object.keys(ranges) as (keyof typeof ranges)[]) {
    const most = name.endsWith('Point') ? 1 : Number.POSITIVE_INFINITY;
    const range: readonly number[] = Array.isArray(clips[name]) ? clips[name] : [];
    const [low = Number.NaN, high = Number.NaN] = range;
    if (low >= 0 && low <= high && high <= most) continue;
    const what = name.endsWith('Point') ? 'two shares from 0 to 1' : 'two numbers of seconds';
    throw unfitSetting(`clips.${name}`, `${what}, the smaller first`, clips[name]);
  }
  return clips;
}

/** Training clips drawn and augmented; validation clips whole, their centre. */
function anticipationRecipes({ imageSize: size }: Vjepa2EncoderConfig, clips: AnticipationClips): ClipRecipes {
  const { frames, clipRate, anchor, augment } = clips;
  const common = { frames, segments: 1, views: 1, attendAcrossSegments: true };
  const clip = (anticipation: ClipBeforeAction) => ({ framesPerClip: frames, clipRate, anticipation });
  const validation: ClipRecipe = {
    ...common,
    clip: clip({ seconds: clips.validationSeconds, point: clips.validationPoint, anchor }),
    transform: { kind: 'evaluation', size },
    random: [clips.validationSeconds, clips.validationPoint].some(([low, high]) => low < high),
  };
  const { scale, ratio, horizontalFlip, randomErasing } = PROTOCOL.training;
  const augmented: ClipRecipe = {
    ...common,
    clip: clip({ seconds: clips.trainingSeconds, point: clips.trainingPoint, anchor }),
    transform: {
      ...{ kind: 'probe-training', size, scale, aspectRatio: ratio },
      ...{ erasingProbability: randomErasing, flipProbability: horizontalFlip },
    },
    random: true,
  };
  return { training: augment ? augmented : validation, plain: validation, validation };
}

/** How far ahead of a sample's clip what is foretold lies, in tubelets, by the seconds drawn for it: `SomeClips.ahead`. */
export function tubeletsAhead(
  { anticipation = {}, clipRate = 1 }: ClipRecipe['clip'],
  tubeletSize: number,
  seed: number,
  { epoch, draw }: SampleRequest,
): number {
  return tubeletsIn(drawAnticipation(anticipation, sampleRandom(seed, epoch, draw)).seconds, clipRate, tubeletSize);
}

function tubeletsIn(seconds: number, clipRate: number, tubeletSize: number): number {
  return Math.trunc((seconds * clipRate) / tubeletSize);
}

/** Frames of clips that hold what is seen and all that may be foretold: what the predictor's places are counted in. */
export function foretoldFrames({
  encoder: { tubeletSize },
  recipes,
}: Pick<AnticipationPlan, 'encoder' | 'recipes'>): number {
  const needed = [recipes.training, recipes.validation].map(({ frames, clip: { anticipation, clipRate = 1 } }) => {
    const [, seconds] = anticipation?.seconds ?? [1, 1];
    return frames + (tubeletsIn(seconds, clipRate, tubeletSize) + 1) * tubeletSize;
  });
  return Math.max(...needed);
}
