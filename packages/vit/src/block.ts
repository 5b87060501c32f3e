import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';
import { attentionBackward, attentionForward } from './attention.js';
import { geluBackward, geluForward } from './gelu.js';
import { layerNormBackward, layerNormForward } from './layer-norm.js';
import { linearBackward, linearForward } from './linear.js';
import { type Parameters, parameter } from './parameters.js';
import type { Rotation } from './rotate.js';

/**
 * What a block computes again in the backward pass instead of keeping it, per token of width D:
 *
 * | | kept for the backward pass | computed again |
 * |---|---|---|
 * | none | 16 D values | |
 * | elementwise | 10 D | both layer norms, the GELU |
 * | block | D | the whole forward pass of the block |
 */
export type Recompute = 'none' | 'elementwise' | 'block';

/** How one transformer block is computed. */
export interface BlockOptions {
  /** B: x holds B sequences one below the other. */
  batchSize: number;
  numHeads: number;
  layerNormEpsilon: number;
  /** Memory against time in the backward pass. Default 'none'. */
  recompute?: Recompute | undefined;
  /**
   * [2, B]: factors of the attention branch and of the MLP branch for each sample, taken as constants. Stochastic
   * depth (Huang et al. 2016) is 0 for a dropped branch and 1 / (1 - rate) for a kept one.
   */
  branchScale?: tf.Tensor | undefined;
  /** [N]: 1 for tokens that are there, 0 for padding, which no token attends to. Default: all are there. */
  present?: tf.Tensor | undefined;
  /** Rotary positions: what queries and keys are rotated by, taken as constants. Default: they are not rotated. */
  rotation?: Rotation | undefined;
  /**
   * K: only each sequence's last K tokens are wanted. The others are attended to; the work that only their own outputs
   * need, projection and MLP, is left out. Default: N, all of them.
   */
  lastTokens?: number | undefined;
}

/**
 * A pre-norm transformer block: x + Attention(LN(x)), then x + MLP(LN(x)).
 *
 * Its gradient is written by hand, so that what the backward pass keeps is a choice and not an accident of the tape.
 *
 * @param x [B * N, D], tokens of a sequence together
 * @param parameters of the model; the block's names start with `prefix`
 * @returns [B * N, D], or [B * K, D] if only the last K tokens are wanted
 */
export function transformerBlock(
  x: tf.Tensor2D,
  parameters: Parameters,
  prefix: string,
  options: BlockOptions,
): tf.Tensor2D {
  const weights = LEAVES.map((leaf) => parameter(parameters, `${prefix}.${leaf}`));
  return tf.customGrad((...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const { y, residuals } = forward(x, blockWeights(weights), options);
    const kept = options.recompute === 'block' ? [x] : keptResiduals(residuals, options);
    // The given tensors may be gone when the forward pass has ended, unless they are saved with the rest.
    const given = givenTensors(options);
    save([...weights, ...given, ...kept]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const residualsAt = LEAVES.length + given.length;
        const savedWeights = blockWeights(saved.slice(0, LEAVES.length));
        const savedOptions = withTensors(options, saved.slice(LEAVES.length, residualsAt));
        const savedResiduals = saved.slice(residualsAt);
        const restored = restoreResiduals(savedResiduals, savedWeights, savedOptions, dy);
        return backward(dy, restored, savedWeights, savedOptions);
      },
    };
  })(x, ...weights) as tf.Tensor2D;
}

/** The tensors among the options. */
function givenTensors({ branchScale, present, rotation }: BlockOptions): tf.Tensor[] {
  return [branchScale, present, rotation?.cosine, rotation?.sine].filter((tensor) => tensor !== undefined);
}

/** The options with other tensors in place of `givenTensors`. */
function withTensors(options: BlockOptions, tensors: readonly tf.Tensor[]): BlockOptions {
  const left = [...tensors];
  return {
    ...options,
    branchScale: options.branchScale && left.shift(),
    present: options.present && left.shift(),
    rotation: options.rotation && { ...options.rotation, cosine: left.shift()!, sine: left.shift()! },
  };
}

const LEAVES = [
  'norm1.weight',
  'norm1.bias',
  'attn.qkv.weight',
  'attn.qkv.bias',
  'attn.proj.weight',
  'attn.proj.bias',
  'norm2.weight',
  'norm2.bias',
  'mlp.fc1.weight',
  'mlp.fc1.bias',
  'mlp.fc2.weight',
  'mlp.fc2.bias',
] as const;

type Affine = { weight: tf.Tensor; bias: tf.Tensor };

/** The twelve parameters by role. */
interface BlockWeights {
  norm1: Affine;
  qkv: Affine;
  proj: Affine;
  norm2: Affine;
  fc1: Affine;
  fc2: Affine;
}

function blockWeights(weights: tf.Tensor[]): BlockWeights {
  const affine = (i: number): Affine => ({ weight: weights[2 * i]!, bias: weights[2 * i + 1]! });
  return { norm1: affine(0), qkv: affine(1), proj: affine(2), norm2: affine(3), fc1: affine(4), fc2: affine(5) };
}

/** Everything the backward pass reads. M = B * N rows, of which W = B * K are wanted. */
interface Residuals {
  /** x [M, D], the block's input */
  x: tf.Tensor;
  /** [B, N, 3D], not rotated */
  qkv: tf.Tensor;
  /** [B, N, D], the heads' outputs */
  attended: tf.Tensor;
  /** [W, D], x after the attention branch */
  middle: tf.Tensor;
  /** [W, H], the MLP's hidden layer before the GELU */
  hidden: tf.Tensor;
  /** [M, D], LN1(x) */
  normed1: tf.Tensor;
  /** [W, D], LN2(middle) */
  normed2: tf.Tensor;
  /** [W, H], GELU(hidden) */
  activated: tf.Tensor;
}

function forward(x: tf.Tensor, w: BlockWeights, options: BlockOptions): { y: tf.Tensor; residuals: Residuals } {
  const { batchSize: B, numHeads, layerNormEpsilon: epsilon, branchScale } = options;
  const [M, D] = x.shape as [number, number];

  const normed1 = layerNormForward(x, w.norm1.weight, w.norm1.bias, epsilon);
  const qkv = tf.reshape(linearForward(normed1, w.qkv.weight, w.qkv.bias), [B, M / B, 3 * D]);
  const attended = attentionForward(qkv, numHeads, options);
  const attentionBranch = linearForward(wantedRows(tf.reshape(attended, [M, D]), options), w.proj.weight, w.proj.bias);
  const middle = tf.add(wantedRows(x, options), scaleSamples(attentionBranch, branchScale, 0));

  const normed2 = layerNormForward(middle, w.norm2.weight, w.norm2.bias, epsilon);
  const hidden = linearForward(normed2, w.fc1.weight, w.fc1.bias);
  const activated = geluForward(hidden);
  const mlpBranch = linearForward(activated, w.fc2.weight, w.fc2.bias);
  const y = tf.add(middle, scaleSamples(mlpBranch, branchScale, 1));

  return { y, residuals: { x, qkv, attended, middle, hidden, normed1, normed2, activated } };
}

/** Gradients of x and of the parameters in the order of LEAVES. */
function backward(dy: tf.Tensor, kept: Residuals, w: BlockWeights, options: BlockOptions): tf.Tensor[] {
  const { batchSize: B, numHeads, layerNormEpsilon: epsilon, branchScale } = options;
  const [M, D] = kept.x.shape as [number, number];

  const dmlp = scaleSamples(dy, branchScale, 1);
  const [dactivated, ...dfc2] = linearBackward(dmlp, kept.activated, w.fc2.weight);
  const dhidden = geluBackward(dactivated!, kept.hidden);
  const [dnormed2, ...dfc1] = linearBackward(dhidden, kept.normed2, w.fc1.weight);
  const [dmiddleBranch, ...dnorm2] = layerNormBackward(dnormed2!, kept.middle, w.norm2.weight, epsilon);
  const dmiddle = tf.add(dy, dmiddleBranch!);

  const dattention = scaleSamples(dmiddle, branchScale, 0);
  const [dattended, ...dproj] = linearBackward(
    dattention,
    wantedRows(tf.reshape(kept.attended, [M, D]), options),
    w.proj.weight,
  );
  const dheads = tf.reshape(amongAllRows(dattended!, M, options), [B, M / B, D]);
  const dqkv = attentionBackward(dheads, kept.qkv, kept.attended, numHeads, options);
  const [dnormed1, ...dqkvLinear] = linearBackward(tf.reshape(dqkv, [M, 3 * D]), kept.normed1, w.qkv.weight);
  const [dxBranch, ...dnorm1] = layerNormBackward(dnormed1!, kept.x, w.norm1.weight, epsilon);
  const dx = tf.add(amongAllRows(dmiddle, M, options), dxBranch!);

  return [dx, ...dnorm1, ...dqkvLinear, ...dproj, ...dnorm2, ...dfc1, ...dfc2];
}

function keptResiduals(r: Residuals, options: BlockOptions): tf.Tensor[] {
  const always = [r.x, r.qkv, r.attended, r.middle, r.hidden];
  return options.recompute === 'elementwise' ? always : [...always, r.normed1, r.normed2, r.activated];
}

function restoreResiduals(kept: tf.Tensor[], w: BlockWeights, options: BlockOptions, dy: tf.Tensor): Residuals {
  const barrier = findFusedKernel('VjepaRecomputeBarrier');
  const later = (x: tf.Tensor) => (barrier === undefined ? x : barrier({ x, after: dy })[0]!);
  if (options.recompute === 'block') return forward(later(kept[0]!), w, options).residuals;
  const [x, qkv, attended, middle, hidden, ...elementwise] = kept as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    ...tf.Tensor[],
  ];
  const [normed1, normed2, activated] =
    options.recompute === 'elementwise'
      ? [
          layerNormForward(later(x), w.norm1.weight, w.norm1.bias, options.layerNormEpsilon),
          layerNormForward(later(middle), w.norm2.weight, w.norm2.bias, options.layerNormEpsilon),
          geluForward(later(hidden)),
        ]
      : elementwise;
  return { x, qkv, attended, middle, hidden, normed1: normed1!, normed2: normed2!, activated: activated! };
}

/** The rows of each sequence's last tokens if only they are wanted. [M, D] -> [W, D]. */
function wantedRows(x: tf.Tensor, { batchSize: B, lastTokens: K }: BlockOptions): tf.Tensor {
  if (K === undefined) return x;
  const [M, D] = x.shape as [number, number];
  const N = M / B;
  return tf.reshape(tf.slice(tf.reshape(x, [B, N, D]), [0, N - K, 0], [B, K, D]), [B * K, D]);
}

/** The gradient of `wantedRows`: zeros for the other tokens. [W, D] -> [M, D]. */
function amongAllRows(dy: tf.Tensor, M: number, { batchSize: B }: BlockOptions): tf.Tensor {
  const [W, D] = dy.shape as [number, number];
  if (W === M) return dy;
  const before: [number, number][] = [
    [0, 0],
    [(M - W) / B, 0],
    [0, 0],
  ];
  return tf.reshape(tf.pad(tf.reshape(dy, [B, W / B, D]), before), [M, D]);
}

/** Multiplies the rows of every sample by its factor. [M, D] -> [M, D]. */
function scaleSamples(branch: tf.Tensor, scale: tf.Tensor | undefined, which: 0 | 1): tf.Tensor {
  if (scale === undefined) return branch;
  const [M, D] = branch.shape as [number, number];
  const B = scale.shape[1]!;
  const factors = tf.reshape(tf.slice(scale, [which, 0], [1, B]), [B, 1, 1]);
  return tf.reshape(tf.mul(tf.reshape(branch, [B, M / B, D]), factors), [M, D]);
}
