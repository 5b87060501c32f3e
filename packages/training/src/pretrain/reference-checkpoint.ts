import {
  type Moments,
  type NamedTensors,
  openPretrainingCheckpoint,
  type StoredTensor,
  writePretrainingCheckpoint,
} from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { ADAMW_DEFAULTS, initialMoments } from '@vjepa/optim';
import { trainableParameters } from '@vjepa/vit';
import type { FilledInSettings } from '../plan/pretraining-settings.js';
import type { Checkpoint } from '../run/checkpoint-store.js';
import type { StepMetrics } from '../run/metrics-file.js';

type FloatTensor = { shape: number[]; data: Float32Array };

/**
 * Reads a pretraining checkpoint of the reference to go on from it. Its epoch counts in this run's steps per epoch;
 * a file cut down to weights has no moments, which start at zero.
 */
export async function readReferenceCheckpoint(
  path: string,
  stepsPerEpoch: number,
  log: (line: string) => void,
): Promise<Checkpoint> {
  const file = await openPretrainingCheckpoint(path);
  try {
    const trained = { ...(await readAll('encoder.', file.encoder)), ...(await readAll('predictor.', file.predictor)) };
    const target = await readAll('target_encoder.', file.targetEncoder);
    const state = { ...trained, ...target, ...initialMoments(trainableParameters(trained)) };
    if (file.optimizer) {
      for (const model of ['encoder', 'predictor'] as const) {
        Object.assign(state, await readMoments(model, file.optimizer[model]));
      }
    } else {
      log(`note: ${path} has no optimiser state; AdamW starts afresh`);
    }
    return { step: file.epoch * stepsPerEpoch, state, run: {} };
  } finally {
    await file.close();
  }
}

async function readMoments(model: string, { expAvg, expAvgSq }: Moments<StoredTensor>) {
  return {
    ...(await readAll(`exp_avg.${model}.`, expAvg)),
    ...(await readAll(`exp_avg_sq.${model}.`, expAvgSq)),
  };
}

async function readAll(prefix: string, tensors: NamedTensors<StoredTensor>): Promise<Record<string, FloatTensor>> {
  const values: Record<string, FloatTensor> = {};
  for (const [name, tensor] of tensors) {
    values[prefix + name] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
  }
  return values;
}

/** Writes a run's state in the form the reference resumes from and evaluates, a `.pth.tar`. */
export async function writeReferenceCheckpoint(
  path: string,
  { optimization, batchSize }: Pick<FilledInSettings, 'optimization' | 'batchSize'>,
  state: Record<string, HostTensor>,
  last: Pick<StepMetrics, 'step' | 'loss' | 'learning_rate' | 'weight_decay'>,
  stepsPerEpoch: number,
): Promise<void> {
  const { beta1, beta2, epsilon } = { ...ADAMW_DEFAULTS, ...optimization.adamW };
  const moments = (model: string) => ({
    expAvg: withPrefix(state, `exp_avg.${model}.`),
    expAvgSq: withPrefix(state, `exp_avg_sq.${model}.`),
  });
  await writePretrainingCheckpoint(path, {
    encoder: withPrefix(state, 'encoder.'),
    predictor: withPrefix(state, 'predictor.'),
    targetEncoder: withPrefix(state, 'target_encoder.'),
    optimizer: {
      step: last.step,
      learningRate: last.learning_rate,
      weightDecay: last.weight_decay,
      betas: [beta1, beta2],
      epsilon,
      encoder: moments('encoder'),
      predictor: moments('predictor'),
    },
    epoch: Math.floor(last.step / stepsPerEpoch),
    loss: last.loss,
    batchSize,
    worldSize: 1,
    learningRate: last.learning_rate,
  });
}

function withPrefix(state: Record<string, HostTensor>, prefix: string): NamedTensors {
  const entries = Object.entries(state).filter(([name]) => name.startsWith(prefix));
  return new Map(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
