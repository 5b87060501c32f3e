import type * as tf from '@tensorflow/tfjs-core';
import { type FeedTree, type FloatTensor, flatten, type HostTensor, type StepFunction, scalarOf } from '@vjepa/engine';
import {
  type ClipGroup,
  distanceWeights,
  initialPretrainingState,
  normalizedLevels,
  type PretrainingState,
  vjepa2PretrainingStep,
} from '@vjepa/jepa';
import { contextWeightSchedule } from '@vjepa/optim';
import {
  encodeVjepa2,
  encodeVjepa2Levels,
  predictVjepa2,
  predictVjepa2WithContext,
  type Vjepa2EncoderConfig,
  type Vjepa2PredictorConfig,
  vjepa2ClipPatches,
} from '@vjepa/vit';
import { type ScheduleConfig, schedulesOf } from './check-schedule.js';
import { compareBelow, firstGradient } from './compare-below.js';
import { type Comparison, compareEqual, compareNumber, compareTensor, tolerance, type Values } from './comparison.js';
import { type Fixture, type FixtureTensors, readTensors } from './fixture.js';
import { tensorsWithPrefix } from './fixture-outputs.js';
import type { ParityEngine } from './parity-engine.js';
import {
  type FixtureVjepa2Encoder,
  type FixtureVjepa2Predictor,
  fixtureVjepa2Encoder,
  fixtureVjepa2Predictor,
} from './vjepa2-fixture-models.js';

interface Vjepa2PretrainManifest {
  model: Omit<FixtureVjepa2Encoder & FixtureVjepa2Predictor, 'img_size' | 'norms_block_of'> & {
    crop_size: number;
    /** V-JEPA 2: one or several lengths, a group of clips each. */
    frames_per_clip?: number[];
    hierarchical_layers?: number[];
  };
  modality?: 'image' | 'video';
  masks: unknown[];
  loss: {
    loss_exp: number;
    lambda?: number;
    lambda_start?: number;
    lambda_end?: number;
    distance_weights?: boolean;
  };
  optimization: ScheduleConfig & { betas: [number, number]; eps: number };
  steps: {
    loss: number;
    lr: number;
    weight_decay: number;
    ema: number;
    encoder_grad_norm: number;
    predictor_grad_norm: number;
    loss_prediction?: number;
    loss_context?: number;
    lambda?: number;
    clips_of_step: number;
  }[];
  no_gradient: string[];
  /** What AdamW makes of gradients that are nothing but rounding is held to less. */
  tolerances: Record<'final qkv.bias' | 'final patch_embed', number>;
}

interface Models {
  version: '2' | '2.1';
  encoder: Vjepa2EncoderConfig;
  predictor: Vjepa2PredictorConfig;
}

type Networks = Pick<PretrainingState, 'encoder' | 'predictor' | 'targetEncoder'>;
type Fed = { groups: ClipGroup[] };

/**
 * Kinds `vjepa2-pretrain` and `vjepa21-pretrain`: the first step's features, predictions, targets, weights of distance and
 * gradients; losses, schedules and gradient norms of every step; all parameters after the last one; and that those without a
 * gradient are left as they were.
 */
export async function checkVjepa2Pretrain(
  fixture: Fixture,
  { engine }: { engine: ParityEngine },
): Promise<Comparison[]> {
  const manifest = fixture.manifest as Vjepa2PretrainManifest;
  const tensors = await readTensors(fixture);
  const models = modelsOf(fixture, manifest);
  const parameters = {
    encoder: tensorsWithPrefix(tensors, 'initial.encoder.'),
    predictor: tensorsWithPrefix(tensors, 'initial.predictor.'),
    targetEncoder: tensorsWithPrefix(tensors, 'initial.target_encoder.'),
  } as Record<keyof Networks, Record<string, FloatTensor>>;
  return [
    ...(await checkForward(engine, models, manifest, parameters, tensors)),
    ...(await checkSteps(engine, models, manifest, parameters, tensors)),
  ];
}

function modelsOf({ kind }: Fixture, { model }: Vjepa2PretrainManifest): Models {
  const version = kind === 'vjepa21-pretrain' ? '2.1' : '2';
  const { crop_size: img_size, hierarchical_layers: norms_block_of } = model;
  const sized = { ...model, img_size, norms_block_of };
  return {
    version,
    encoder: fixtureVjepa2Encoder(version, sized),
    predictor: fixtureVjepa2Predictor(version, sized),
  };
}

/** What a step of the fixture is fed: clips, already normalised, and masks. */
function groupsOf(
  tensors: FixtureTensors,
  { model, masks, steps }: Vjepa2PretrainManifest,
  step: number,
): FeedTree<Omit<ClipGroup, 'contextWeight'>>[] {
  const lengths = model.frames_per_clip ?? [model.num_frames];
  return lengths.map((_, g) => {
    const mask = (kind: string) => masks.map((_, m) => tensors(`step${step}.mask_${kind}.${g}.${m}`));
    const clips = tensors(`step${steps[step]!.clips_of_step}.clips.${g}`);
    return { clips, context: mask('context'), target: mask('target') };
  });
}

/** Features of the context, predictions and normalised targets of the first step. */
async function checkForward(
  engine: ParityEngine,
  { version, encoder, predictor }: Models,
  manifest: Vjepa2PretrainManifest,
  parameters: Record<keyof Networks, Record<string, FloatTensor>>,
  expected: FixtureTensors,
): Promise<Comparison[]> {
  const encode = version === '2' ? encodeVjepa2 : encodeVjepa2Levels;
  const forward: StepFunction<Networks, Fed, Record<string, tf.Tensor>> = (state, { groups }) => {
    const outputs: Record<string, tf.Tensor> = {};
    for (const [g, { clips, context: seen, target: hidden }] of groups.entries()) {
      const { modality, grid } = vjepa2ClipPatches(encoder, clips);
      outputs[`target.${g}`] = normalizedLevels(encode(encoder, state.targetEncoder, clips), predictor.levels);
      for (const [m, mask] of seen.entries()) {
        const context = encode(encoder, state.encoder, clips, { mask });
        const options = { maskIndex: version === '2' ? g : 0, modality };
        outputs[`context.${g}.${m}`] = context;
        outputs[`prediction.${g}.${m}`] = predictVjepa2(predictor, state.predictor, context, mask, hidden[m]!, options);
        if (version === '2') continue;
        const both = predictVjepa2WithContext(predictor, state.predictor, context, mask, hidden[m]!, options);
        outputs[`context_prediction.${g}.${m}`] = both.context;
        outputs[`context_weight.${g}.${m}`] = distanceWeights(mask, hidden[m]!, grid);
      }
    }
    return { state: {}, outputs };
  };
  const run = engine.bind(forward, parameters);
  try {
    const outputs: Record<string, HostTensor> = await run({ groups: groupsOf(expected, manifest, 0) });
    return Object.entries(outputs).map(([name, found]) =>
      compareTensor(`step0.${name}`, found as Values, expected(`step0.${name}`), tolerance.forward),
    );
  } finally {
    run.dispose();
  }
}

async function checkSteps(
  engine: ParityEngine,
  models: Models,
  { optimization, loss, steps, ...manifest }: Vjepa2PretrainManifest,
  parameters: Record<keyof Networks, Record<string, FloatTensor>>,
  expected: FixtureTensors,
): Promise<Comparison[]> {
  const [beta1, beta2] = optimization.betas;
  const step = vjepa2PretrainingStep({
    ...models,
    lossExponent: loss.loss_exp,
    distanceWeights: loss.distance_weights,
    adamW: { beta1, beta2, epsilon: optimization.eps },
    normalizedClips: true,
  });
  const train = engine.bind(step, initialPretrainingState(parameters));
  const schedules = schedulesOf(optimization);
  const lambda = contextWeightSchedule({ weight: loss.lambda ?? 0, start: loss.lambda_start, end: loss.lambda_end });
  const comparisons: Comparison[] = [];
  const compare = (name: string, found: number, value: number | undefined, within: number) => {
    if (value !== undefined) comparisons.push(compareNumber(name, found, value, within));
  };
  try {
    for (const [i, reference] of steps.entries()) {
      const used = { lr: schedules.lr(i + 1), weight_decay: schedules.weight_decay(i + 1), ema: schedules.ema(i + 1) };
      for (const key of ['lr', 'weight_decay', 'ema'] as const) {
        compare(`step${i}.${key}`, used[key], reference[key], tolerance.schedule);
      }
      compare(`step${i}.lambda`, lambda(i + 1), reference.lambda, tolerance.schedule);
      const groups = groupsOf(expected, { ...manifest, optimization, loss, steps }, i);
      const outputs = flatten<HostTensor>(
        await train({
          groups: models.version === '2' ? groups : groups.map((group) => ({ ...group, contextWeight: lambda(i + 1) })),
          step: i + 1,
          learningRate: used.lr,
          weightDecay: used.weight_decay,
          momentum: used.ema,
        }),
      );
      const { loss_prediction = reference.loss, loss_context } = reference;
      const losses = { loss: reference.loss, loss_jepa: loss_prediction, loss_context };
      for (const [key, value] of Object.entries(losses)) {
        if (value !== undefined) compare(`step${i}.${key}`, scalarOf(outputs[key]!), value, tolerance.forward);
      }
      for (const key of ['encoder_grad_norm', 'predictor_grad_norm'] as const) {
        compare(`step${i}.${key}`, scalarOf(outputs[key]!), reference[key], tolerance.gradient);
      }
      if (i > 0) continue;
      const state = flatten<HostTensor>(await train.readState());
      const gradientOf = (name: string) => firstGradient(state[`exp_avg.${name}`], beta1);
      comparisons.push(...compareBelow(expected, 'step0.grad.', gradientOf));
    }
    const state = flatten<HostTensor>(await train.readState());
    const found = (name: string) => state[name] as Values | undefined;
    comparisons.push(...compareBelow(expected, 'final.', found, (name) => finalTolerance(name, manifest)));
    for (const name of manifest.no_gradient) {
      comparisons.push(compareEqual(`untouched.${name}`, found(name)!, expected(`initial.${name}`)));
    }
  } finally {
    train.dispose();
  }
  return comparisons;
}

function finalTolerance(name: string, { tolerances }: Pick<Vjepa2PretrainManifest, 'tolerances'>): number {
  if (name.endsWith('.qkv.bias')) return tolerances['final qkv.bias'];
  return /\.patch_embed(_img)?\./.test(name) ? tolerances['final patch_embed'] : tolerance.gradient;
}
