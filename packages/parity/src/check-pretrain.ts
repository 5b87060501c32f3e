import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { flatten, type HostTensor, type HostTree, type StepFunction, scalarOf } from '@vjepa/engine';
import { type ParameterValues, readReferenceParameters } from '@vjepa/evaluation';
import { initialPretrainingState, type MaskTree, type PretrainingState, pretrainingStep } from '@vjepa/jepa';
import { learningRateSchedule, momentumSchedule, weightDecaySchedule } from '@vjepa/optim';
import {
  type EncoderConfig,
  encode,
  layerNormWithoutAffine,
  type PredictorConfig,
  predict,
  predictorConfig,
} from '@vjepa/vit';
import { compareBelow, firstGradient } from './compare-below.js';
import { type Comparison, compareNumber, compareTensor, tolerance, type Values } from './comparison.js';
import { type Fixture, type FixtureTensors, readTensors } from './fixture.js';
import { type FixtureEncoder, fixtureEncoder } from './fixture-encoder.js';
import type { ParityEngine } from './parity-engine.js';

interface PretrainManifest {
  model: FixtureEncoder & { pred_embed_dim: number; pred_depth: number };
  masks: unknown[];
  loss: { loss_exp: number; reg_coeff: number };
  optimization: {
    lr: number;
    start_lr: number;
    final_lr: number;
    weight_decay: number;
    final_weight_decay: number;
    ema: [number, number];
    /** Null: gradients are not clipped. */
    clip_grad: number | null;
    /** The first step that clips, counted from 0. */
    clip_from_step?: number | null;
    betas: [number, number];
    eps: number;
    warmup_steps: number;
    total_steps: number;
  };
  steps: {
    step: number;
    loss: number;
    loss_jepa: number;
    loss_reg: number;
    lr: number;
    weight_decay: number;
    ema: number;
    /** Before clipping. Null: the reference takes no norm of gradients that it does not clip. */
    encoder_grad_norm: number | null;
    predictor_grad_norm: number | null;
  }[];
}

interface Models {
  encoder: EncoderConfig;
  predictor: PredictorConfig;
}

/**
 * Kind `pretrain`: the first step's context, predictions, targets and gradients; losses, schedules and gradient norms
 * of every step; all parameters after the last one.
 */
export async function checkPretrain(fixture: Fixture, { engine }: { engine: ParityEngine }): Promise<Comparison[]> {
  const manifest = fixture.manifest as PretrainManifest;
  const expected = await readTensors(fixture);
  const models = modelsOf(manifest);
  const parameters = await readInitialParameters(fixture);
  return [
    ...(await checkForward(engine, models, parameters, expected)),
    ...(await checkSteps(engine, manifest, models, parameters, expected)),
  ];
}

function modelsOf({ model, masks }: PretrainManifest): Models {
  const encoder = fixtureEncoder(model);
  const predictor = predictorConfig(encoder, {
    embedDim: model.pred_embed_dim,
    depth: model.pred_depth,
    numMaskTokens: masks.length,
  });
  return { encoder, predictor };
}

/** The three networks of the fixture's checkpoint. */
async function readInitialParameters(fixture: Fixture): Promise<Record<keyof Networks, ParameterValues>> {
  const keys = ['encoder', 'predictor', 'target_encoder'] as const;
  const checkpoint = await readReferenceParameters(join(fixture.folder, 'initial.pth.tar'), keys);
  const { encoder, predictor, target_encoder: targetEncoder } = checkpoint;
  return { encoder, predictor, targetEncoder };
}

/** A step's clips, already normalised, and its masks. */
function stepInputs(tensors: FixtureTensors, step: number, masks: number): HostTree<Fed> {
  const indices = (kind: 'context' | 'target') =>
    Array.from({ length: masks }, (_, i) => tensors(`step${step}.mask_${kind}.${i}`));
  return { clips: tensors(`step${step}.clips`), context: indices('context'), target: indices('target') };
}

type Fed = MaskTree & { clips: tf.Tensor };
type Networks = Pick<PretrainingState, 'encoder' | 'predictor' | 'targetEncoder'>;

/** Context features, predictions and normalised targets of the first step. */
async function checkForward(
  engine: ParityEngine,
  { encoder, predictor }: Models,
  parameters: HostTree<Networks>,
  expected: FixtureTensors,
): Promise<Comparison[]> {
  const masks = predictor.numMaskTokens;
  const forward: StepFunction<
    Networks,
    Fed,
    Record<'target', tf.Tensor> & Record<'context' | 'prediction', tf.Tensor[]>
  > = (state, { clips, context: seen, target: hidden }) => {
    const target = layerNormWithoutAffine(encode(encoder, state.targetEncoder, clips));
    const context = seen.map((mask) => encode(encoder, state.encoder, clips, { mask }));
    const prediction = context.map((features, i) =>
      predict(predictor, state.predictor, features, seen[i]!, hidden[i]!, i),
    );
    return { state: {}, outputs: { target, context, prediction } };
  };
  const run = engine.bind(forward, parameters);
  try {
    const outputs = flatten<HostTensor>(await run(stepInputs(expected, 0, masks)));
    const names = Array.from({ length: masks }).flatMap((_, i) => [`context.${i}`, `prediction.${i}`]);
    return ['target', ...names].map((name) =>
      compareTensor(`step0.${name}`, outputs[name]! as never, expected(`step0.${name}`), tolerance.forward),
    );
  } finally {
    run.dispose();
  }
}

async function checkSteps(
  engine: ParityEngine,
  manifest: PretrainManifest,
  models: Models,
  parameters: Record<keyof Networks, ParameterValues>,
  expected: FixtureTensors,
): Promise<Comparison[]> {
  const { optimization, loss, steps } = manifest;
  const [beta1, beta2] = optimization.betas;
  const step = pretrainingStep({
    ...models,
    lossExponent: loss.loss_exp,
    regularizerCoefficient: loss.reg_coeff,
    adamW: { beta1, beta2, epsilon: optimization.eps },
    normalizedClips: true,
    averageFrozenParameters: true,
  });
  const train = engine.bind(step, initialPretrainingState(parameters));
  const schedules = schedulesOf(optimization);
  const comparisons: Comparison[] = [];
  try {
    for (const [i, reference] of steps.entries()) {
      const used = { lr: schedules.lr(i + 1), weight_decay: schedules.weight_decay(i + 1), ema: schedules.ema(i + 1) };
      for (const key of ['lr', 'weight_decay', 'ema'] as const) {
        comparisons.push(compareNumber(`step${i}.${key}`, used[key], reference[key], tolerance.schedule));
      }
      const outputs = flatten<HostTensor>(
        await train({
          ...stepInputs(expected, i, models.predictor.numMaskTokens),
          step: i + 1,
          learningRate: used.lr,
          weightDecay: used.weight_decay,
          momentum: used.ema,
          clipNorm: clipNormAt(i, optimization),
        }),
      );
      for (const key of ['loss', 'loss_jepa', 'loss_reg'] as const) {
        comparisons.push(compareNumber(`step${i}.${key}`, scalarOf(outputs[key]!), reference[key], tolerance.forward));
      }
      for (const key of ['encoder_grad_norm', 'predictor_grad_norm'] as const) {
        const norm = reference[key];
        if (norm === null) continue;
        comparisons.push(compareNumber(`step${i}.${key}`, scalarOf(outputs[key]!), norm, tolerance.gradient));
      }
      if (i > 0) continue;
      // Nothing is clipped in the first step.
      const state = flatten<HostTensor>(await train.readState());
      const gradientOf = (name: string) => firstGradient(state[`exp_avg.${ownName(name)}`], beta1);
      comparisons.push(...compareBelow(expected, 'step0.grad.', gradientOf));
    }
    const state = flatten<HostTensor>(await train.readState());
    comparisons.push(...compareBelow(expected, 'final.', (name) => state[ownName(name)] as Values | undefined));
  } finally {
    train.dispose();
  }
  return comparisons;
}

/** The largest norm at a step, counted from 0; 0: not clipped. */
function clipNormAt(step: number, { clip_grad, clip_from_step }: PretrainManifest['optimization']): number {
  return step >= (clip_from_step ?? 0) ? (clip_grad ?? 0) : 0;
}

function schedulesOf(optimization: PretrainManifest['optimization']) {
  const { start_lr, lr, final_lr, weight_decay, final_weight_decay, ema, warmup_steps, total_steps } = optimization;
  const lengths = { warmupSteps: warmup_steps, horizon: total_steps };
  return {
    lr: learningRateSchedule({ start: start_lr, reference: lr, final: final_lr }, lengths),
    weight_decay: weightDecaySchedule({ reference: weight_decay, final: final_weight_decay }, lengths),
    ema: momentumSchedule({ start: ema[0], end: ema[1] }, lengths),
  };
}

/** `encoder.backbone.norm.weight` of the reference's wrapped models is our `encoder.norm.weight`. */
function ownName(name: string): string {
  return name.replace('.backbone.', '.');
}
