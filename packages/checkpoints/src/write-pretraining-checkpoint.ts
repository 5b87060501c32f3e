import { adamwOrder, type OptimizerParameter } from './adamw-order.js';
import type { NamedTensors, OptimizerState, PretrainingCheckpoint } from './pretraining-checkpoint.js';
import type { WritableValue } from './tree-pickler.js';
import { Tuple } from './tuple.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

/** What wraps the models in the reference's training. */
const PREFIX = 'module.backbone.';

/**
 * Writes a checkpoint that the reference resumes from: encoder, predictor, target_encoder, opt, scaler, epoch, loss,
 * batch_size, world_size, lr.
 *
 * @throws CheckpointError when the file cannot be written
 */
export async function writePretrainingCheckpoint(path: string, checkpoint: PretrainingCheckpoint): Promise<void> {
  const { optimizer } = checkpoint;
  await writeTorchCheckpoint(path, {
    encoder: withPrefix(checkpoint.encoder),
    predictor: withPrefix(checkpoint.predictor),
    opt: optimizer ? optimizerTree(checkpoint, optimizer) : null,
    scaler: null,
    target_encoder: withPrefix(checkpoint.targetEncoder),
    epoch: checkpoint.epoch,
    loss: checkpoint.loss,
    batch_size: checkpoint.batchSize,
    world_size: checkpoint.worldSize,
    lr: checkpoint.learningRate,
    ...checkpoint.extra,
  });
}

function withPrefix(tensors: NamedTensors): WritableValue {
  return new Map([...tensors].map(([name, tensor]) => [PREFIX + name, tensor]));
}

function optimizerTree(models: PretrainingCheckpoint, optimizer: OptimizerState): WritableValue {
  const order = adamwOrder(models);
  const state = new Map<number, WritableValue>();
  for (const [index, { model, name }] of order.entries()) {
    const expAvg = optimizer[model].expAvg.get(name);
    const expAvgSq = optimizer[model].expAvgSq.get(name);
    if (!expAvg && !expAvgSq) continue;
    if (!expAvg || !expAvgSq) throw new TypeError(`${model} '${name}' has one running average, expected both or none`);
    const step = { shape: [], data: Float32Array.of(optimizer.step) };
    state.set(index, { step, exp_avg: expAvg, exp_avg_sq: expAvgSq });
  }
  return { state, param_groups: [0, 1, 2, 3].map((group) => parameterGroup(order, group, optimizer)) };
}

/** One of torch.optim.AdamW's groups with the defaults of PyTorch 2. */
function parameterGroup(order: readonly OptimizerParameter[], group: number, optimizer: OptimizerState): WritableValue {
  const params = order.flatMap((parameter, index) => (parameter.group === group ? [index] : []));
  const decay: Record<string, WritableValue> =
    group < 2 ? { weight_decay: optimizer.weightDecay } : { WD_exclude: true, weight_decay: 0 };
  return {
    lr: optimizer.learningRate,
    betas: Tuple.of<WritableValue>(...optimizer.betas),
    eps: optimizer.epsilon,
    ...decay,
    amsgrad: false,
    maximize: false,
    foreach: null,
    capturable: false,
    differentiable: false,
    fused: null,
    decoupled_weight_decay: true,
    params,
  };
}
