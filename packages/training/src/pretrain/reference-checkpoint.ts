import {
  type NamedTensors,
  openPretrainingCheckpoint,
  type StoredTensor,
  writePretrainingCheckpoint,
} from '@vjepa/checkpoints';
import { type FloatTensor, flatten, type HostTensor, type HostTree } from '@vjepa/engine';
import { initialPretrainingState, type PretrainingState, pretrainingStateOf, type TrainedModels } from '@vjepa/jepa';
import { ADAMW_DEFAULTS } from '@vjepa/optim';
import { definedFields } from '@vjepa/vit';
import type { FilledInSettings } from '../plan/pretraining-settings.js';
import type { Checkpoint } from '../run/checkpoint-store.js';
import type { StepMetrics } from '../run/metrics-file.js';

/**
 * Reads a pretraining checkpoint of the reference to go on from it. Its epoch counts in this run's steps per epoch;
 * a file cut down to weights has no moments, which start at zero.
 */
export async function readReferenceCheckpoint(
  path: string,
  stepsPerEpoch: number,
  log: (line: string) => void,
): Promise<Checkpoint> {
  const { epoch, updates, state } = await readReferenceState(path, 'required');
  if (updates === 0) log(`note: ${path} has no optimiser state; AdamW starts afresh`);
  return { step: epoch * stepsPerEpoch, state: flatten(state), run: {} };
}

/**
 * The models of a pretraining checkpoint of the reference, and AdamW's moments with the updates that they are of; 0: it has none.
 *
 * @param targetEncoder whether the encoder may stand for one that is missing
 */
export async function readReferenceState(
  path: string,
  targetEncoder: 'required' | 'optional',
): Promise<{ epoch: number; updates: number; state: HostTree<PretrainingState>; isWithoutTarget: boolean }> {
  const file = await openPretrainingCheckpoint(path, { targetEncoder });
  try {
    const [encoder, predictor, targetEncoder] = [
      await readAll(file.encoder),
      await readAll(file.predictor),
      await readAll(file.targetEncoder),
    ];
    const state = initialPretrainingState({ encoder, predictor, targetEncoder });
    if (file.optimizer) {
      for (const model of ['encoder', 'predictor'] as const) {
        Object.assign(state.expAvg[model], await readAll(file.optimizer[model].expAvg));
        Object.assign(state.expAvgSq[model], await readAll(file.optimizer[model].expAvgSq));
      }
    }
    const isWithoutTarget = !file.hasTargetEncoder;
    return { epoch: file.epoch, updates: file.optimizer?.step ?? 0, state, isWithoutTarget };
  } finally {
    await file.close();
  }
}

async function readAll(tensors: NamedTensors<StoredTensor>): Promise<Record<string, FloatTensor>> {
  const values: Record<string, FloatTensor> = {};
  for (const [name, tensor] of tensors) values[name] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
  return values;
}

/** Writes a run's state in the form the reference resumes from and evaluates, a `.pth.tar`. */
export async function writeReferenceCheckpoint(
  path: string,
  { optimization, batchSize }: Pick<FilledInSettings, 'optimization' | 'batchSize'>,
  state: Record<string, HostTensor>,
  last: Pick<StepMetrics, 'step' | 'loss' | 'learning_rate' | 'weight_decay'> & { updatesBefore?: number | undefined },
  stepsPerEpoch: number,
): Promise<void> {
  const { beta1, beta2, epsilon } = { ...ADAMW_DEFAULTS, ...definedFields(optimization.adamW) };
  const { encoder, predictor, targetEncoder, expAvg, expAvgSq } = pretrainingStateOf(state);
  const moments = (model: keyof TrainedModels) => ({ expAvg: named(expAvg[model]), expAvgSq: named(expAvgSq[model]) });
  await writePretrainingCheckpoint(path, {
    encoder: named(encoder),
    predictor: named(predictor),
    targetEncoder: named(targetEncoder),
    optimizer: {
      step: last.step + (last.updatesBefore ?? 0),
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

function named(tensors: Record<string, HostTensor>): NamedTensors {
  return new Map(Object.entries(tensors));
}
