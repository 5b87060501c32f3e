import { adamwOrder } from './adamw-order.js';
import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointFile, withSource } from './checkpoint-file.js';
import { type CheckpointDict, type CheckpointValue, isStoredTensor, keyText } from './checkpoint-value.js';
import type { NamedTensors, OptimizerState, PretrainingCheckpoint } from './pretraining-checkpoint.js';
import type { StoredTensor } from './stored-tensor.js';
import { stripNames } from './strip-names.js';
import { torchCheckpointOf } from './torch-checkpoint.js';

/** A pretraining checkpoint whose tensors still lie in their file. */
export interface StoredPretrainingCheckpoint extends Omit<PretrainingCheckpoint<StoredTensor>, 'extra'> {
  readonly path: string;
  /** Whether the target encoder is the file's own, and not its encoder in place of one. */
  readonly hasTargetEncoder: boolean;
  /** The whole tree, for what else the file holds. */
  readonly root: CheckpointDict;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a pretraining checkpoint, the reference's or `writePretrainingCheckpoint`'s, to resume from it. Numbers that
 * the file lacks come back as NaN, a missing epoch as 0.
 *
 * @param options.targetEncoder 'optional': where the file has none, as files that were made of a model to use, the encoder stands for it.
 *   Default 'required'
 * @throws CheckpointError when encoder, predictor or target_encoder is missing, or the optimiser's state does not fit
 * them
 */
export function openPretrainingCheckpoint(
  file: CheckpointFile,
  { targetEncoder = 'required' }: { targetEncoder?: 'required' | 'optional' | undefined } = {},
): Promise<StoredPretrainingCheckpoint> {
  return withSource(file, async (source) => {
    const { path, root, close } = await torchCheckpointOf(source);
    const dict = requireDict(path, root, 'the top of the file');
    const isWithout = targetEncoder === 'optional' && !dict.has(averageKey(dict));
    const encoder = dict.has('encoder') ? 'encoder' : averageKey(dict);
    const models = { encoder: readModel(path, dict, encoder), predictor: readModel(path, dict, 'predictor') };
    const optimizer = await readOptimizer(path, models, dict.get('opt'));
    return {
      path,
      root: dict,
      hasTargetEncoder: !isWithout,
      ...models,
      targetEncoder: readModel(path, dict, isWithout ? encoder : averageKey(dict)),
      ...(optimizer && { optimizer }),
      epoch: numberOr(dict.get('epoch'), 0),
      loss: numberOr(dict.get('loss'), Number.NaN),
      batchSize: numberOr(dict.get('batch_size'), Number.NaN),
      worldSize: numberOr(dict.get('world_size'), Number.NaN),
      learningRate: numberOr(dict.get('lr'), Number.NaN),
      close,
    };
  });
}

/** V-JEPA 2.1's distilled students have their average under a name of its own. */
function averageKey(dict: CheckpointDict): string {
  return dict.has('ema_encoder') && !dict.has('target_encoder') ? 'ema_encoder' : 'target_encoder';
}

interface Models {
  encoder: NamedTensors<StoredTensor>;
  predictor: NamedTensors<StoredTensor>;
}

function readModel(path: string, root: CheckpointDict, key: string): NamedTensors<StoredTensor> {
  const entries = [...requireDict(path, root.get(key), `'${key}'`)].map(([found, value]) => {
    const name = keyText(found);
    return [name, requireTensor(path, value, `'${key}' / '${name}'`)] as const;
  });
  return stripNames(path, entries);
}

/** Undefined where the file has none, or one that has made no step yet. */
async function readOptimizer(
  path: string,
  models: Models,
  opt: CheckpointValue | undefined,
): Promise<OptimizerState<StoredTensor> | undefined> {
  if (!(opt instanceof Map) || opt.size === 0) return undefined;
  const state = requireDict(path, opt.get('state'), "'opt' / 'state'");
  const groups = opt.get('param_groups');
  const group = requireDict(path, Array.isArray(groups) ? groups[0] : undefined, "'opt' / 'param_groups' / 0");
  const [first] = state.values();
  if (!(first instanceof Map)) return undefined;
  const betas = group.get('betas');
  const [beta1, beta2] = Array.isArray(betas) ? betas : [];
  return {
    step: await readStep(first.get('step')),
    learningRate: numberOr(group.get('lr'), Number.NaN),
    weightDecay: numberOr(group.get('weight_decay'), Number.NaN),
    betas: [numberOr(beta1, 0.9), numberOr(beta2, 0.999)],
    epsilon: numberOr(group.get('eps'), 1e-8),
    ...readMoments(path, models, state),
  };
}

function readMoments(path: string, models: Models, state: CheckpointDict) {
  const order = adamwOrder(models);
  const newMoments = () => ({ expAvg: new Map<string, StoredTensor>(), expAvgSq: new Map<string, StoredTensor>() });
  const moments = { encoder: newMoments(), predictor: newMoments() };
  for (const [index, entry] of state) {
    const parameter = order[Number(index)];
    if (!parameter) {
      const problem = `'opt' has a state for parameter ${keyText(index)}, but its models have ${order.length} parameters`;
      throw new CheckpointError(path, problem, 'it belongs to other models: start without the optimiser');
    }
    const { model, name } = parameter;
    const place = `'opt' / 'state' / ${keyText(index)} (${model}, ${name})`;
    const dict = requireDict(path, entry, place);
    const shape = models[model].get(name)!.shape;
    moments[model].expAvg.set(name, requireTensor(path, dict.get('exp_avg'), `${place} / 'exp_avg'`, shape));
    moments[model].expAvgSq.set(name, requireTensor(path, dict.get('exp_avg_sq'), `${place} / 'exp_avg_sq'`, shape));
  }
  return moments;
}

/** PyTorch keeps the count of updates as a tensor, before 1.12 as a number. */
async function readStep(step: CheckpointValue | undefined): Promise<number> {
  return isStoredTensor(step) ? Number((await step.read())[0]) : numberOr(step, 0);
}

function requireDict(path: string, value: CheckpointValue | undefined, place: string): CheckpointDict {
  if (value instanceof Map) return value as CheckpointDict;
  const problem = value === undefined ? `has no ${place}` : `${place} is not a dict`;
  throw new CheckpointError(path, problem, 'choose a pretraining checkpoint: encoder, predictor, target_encoder, opt');
}

function requireTensor(
  path: string,
  value: CheckpointValue | undefined,
  place: string,
  shape?: readonly number[],
): StoredTensor {
  const found = isStoredTensor(value) ? `of shape [${value.shape}]` : 'no tensor';
  if (isStoredTensor(value) && (!shape || String(shape) === String(value.shape))) return value;
  const expected = shape ? `a tensor of shape [${shape}]` : 'a tensor';
  throw new CheckpointError(path, `${place} is ${found}, expected ${expected}`, 'choose a pretraining checkpoint');
}

function numberOr(value: CheckpointValue | undefined, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
