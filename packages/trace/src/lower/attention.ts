import { DataType } from '../data-type.js';
import { type Dimension, evaluate, times } from '../dimension.js';
import type { Value } from '../node.js';
import { fusedAttention, fusedAttentionGrad, fusesAttention, type Heads } from './fused-attention.js';
import type { FusedKernel, LoweringContext } from './fused-kernel.js';
import { beforeWidening, evenParts, type GraphWriter, ONEDNN_LABEL } from './graph-writer.js';
import { inPrecision } from './product.js';
import { again } from './recompute-barrier.js';
import { type Rotation, rotated } from './rotation.js';

/**
 * Most bytes of the token × token matrices that are in memory at once. Small enough to stay in a processor's cache while
 * softmax and products pass over them.
 */
const SLICE_BYTES = 4 * 2 ** 20;

/** Most parts of a head's queries, however long the sequence: tens of thousands of products would take hours to compile. */
const MOST_PARTS = 64;

/**
 * softmax(q k^T / sqrt(d)) v for every head: qkv [B, N, 3D] → [B, N, D]. Keys where `present` [N] is 0 are padding, which
 * no query attends to.
 */
export const attention: FusedKernel = {
  name: 'VjepaAttention',
  inputs: ['qkv'],
  optionalInput: 'present',
  results: ([qkv]) => [{ dtype: qkv!.dtype, shape: [qkv!.shape[0]!, qkv!.shape[1]!, qkv!.shape[2]! / 3] }],
  lower: ([qkv, present], { numHeads }, context) => [attend({ qkv: qkv!, present }, numHeads!, context)],
};

/** The weights are computed again, slice by slice; kept from the forward pass are qkv and its result only. */
export const attentionGrad: FusedKernel = {
  name: 'VjepaAttentionGrad',
  inputs: ['qkv', 'y', 'dy'],
  optionalInput: 'present',
  results: ([qkv]) => [qkv!],
  lower: ([qkv, y, dy, present], { numHeads }, context) => [
    gradient({ qkv: qkv!, y: y!, dy: dy!, present }, numHeads!, context),
  ],
};

/** The same for queries and keys that are rotated first, where they have been put in order by head. */
export const rotaryAttention: FusedKernel = {
  name: 'VjepaRotaryAttention',
  inputs: ['qkv', 'cosine', 'sine'],
  optionalInput: 'present',
  results: attention.results,
  lower([qkv, cosine, sine, present], { numHeads, paired }, context) {
    const rotation = { cosine: cosine!, sine: sine!, paired: paired === 1 };
    return [attend({ qkv: qkv!, present, rotation }, numHeads!, context)];
  },
};

/** Queries and keys are rotated again: as before, qkv and the result are kept. */
export const rotaryAttentionGrad: FusedKernel = {
  name: 'VjepaRotaryAttentionGrad',
  inputs: ['qkv', 'cosine', 'sine', 'y', 'dy'],
  optionalInput: 'present',
  results: attentionGrad.results,
  lower([qkv, cosine, sine, y, dy, present], { numHeads, paired }, context) {
    const rotation = { cosine: cosine!, sine: sine!, paired: paired === 1 };
    return [gradient({ qkv: qkv!, y: y!, dy: dy!, present, rotation }, numHeads!, context)];
  },
};

/** What attention is computed from. */
interface Attended {
  qkv: Value;
  present: Value | undefined;
  rotation?: Rotation;
}

function attend({ qkv, present, rotation }: Attended, numHeads: number, context: LoweringContext): Value {
  const { writer: w } = context;
  const layout = layoutOf(qkv, numHeads, rotation);
  const { B, N, H, D, d } = layout;
  if (fusesAttention({ d, N, padded: present !== undefined }, context)) {
    const { output } = fusedAttention(wholeHeads(qkv, layout, context), fusedBias(present, context), context);
    return w.cast(w.reshape(w.transpose(output, [0, 2, 1, 3]), [B, N, D]), DataType.FLOAT);
  }
  const slices = slicesOf(layout, context);
  const { q, k, v } = splitHeads(qkv, layout, slices, context);
  const padding = paddingScores(present, context);
  const outputs = slices.map((slice, i) => {
    const queries = w.split(scaled(q[i]!, layout, context), slice.queries, 1);
    const parts = queries.map((part) => {
      const weights = attentionWeights(part, k[i]!, padding, context);
      return w.cast(product(weights, v[i]!, {}, context), operandType(context));
    });
    return w.concat(parts, 1, N);
  });
  const heads = w.reshape(w.concat(outputs, 0, times(B, H)), [B, H, N, d]);
  return w.cast(w.reshape(w.transpose(heads, [0, 2, 1, 3]), [B, N, D]), DataType.FLOAT);
}

/** dqkv */
function gradient(
  { qkv, y, dy, present, rotation }: Attended & { y: Value; dy: Value },
  numHeads: number,
  context: LoweringContext,
): Value {
  const { writer: w } = context;
  const layout = layoutOf(qkv, numHeads, rotation);
  const { B, N, H, d } = layout;
  if (fusesAttention({ d, N, padded: present !== undefined }, context)) {
    return fusedGradient({ qkv, dy, present }, layout, context);
  }
  const slices = slicesOf(layout, context);
  // XLA would take the weights for the forward pass's, and keep those of every layer until here.
  const operand = again(w.cast(qkv, operandType(context)), dy, context);
  const { q, k, v } = splitHeads(operand, layout, slices, context);
  const sizes = slices.map(({ heads }) => heads);
  const byHead = (x: Value) => w.reshape(w.transpose(w.reshape(x, [B, N, H, d]), [0, 2, 1, 3]), [times(B, H), N, d]);
  const gradients = w.split(byHead(w.cast(dy, operandType(context))), sizes, 0);
  // sum_j w_ij dw_ij = dy_i · y_i, for every query i of every head
  const products = w.reduce('Sum', w.reshape(w.mul(dy, w.notBefore(y, dy)), [B, N, H, d]), [3]);
  const rowSums = w.split(w.reshape(w.transpose(products, [0, 2, 1]), [times(B, H), N, 1]), sizes, 0);
  const padding = paddingScores(present, context);
  const parts = slices.map((slice, i) =>
    sliceGradient(
      { q: scaled(q[i]!, layout, context), k: k[i]!, v: v[i]!, dy: gradients[i]!, rowSums: rowSums[i]!, padding },
      slice,
      layout,
      context,
    ),
  );
  const of = (which: 'dq' | 'dk' | 'dv') => parts.map((part) => w.cast(part[which], operandType(context)));
  return ofTokens({ dq: of('dq'), dk: of('dk'), dv: of('dv') }, layout, context);
}

/** [B, N, 3D]. The forward call is written again for its statistics: XLA makes one of the two where operands are the same. */
function fusedGradient(
  { qkv, dy, present }: { qkv: Value; dy: Value; present: Value | undefined },
  layout: Layout,
  context: LoweringContext,
): Value {
  const { writer: w } = context;
  const { B, N, H, d } = layout;
  const heads = wholeHeads(qkv, layout, context);
  const bias = fusedBias(present, context);
  const dOutput = w.transpose(w.reshape(w.cast(dy, operandType(context)), [B, N, H, d]), [0, 2, 1, 3]);
  const { q, k, v } = fusedAttentionGrad(heads, fusedAttention(heads, bias, context), dOutput, bias, context);
  return ofTokens({ dq: [q], dk: [k], dv: [v] }, layout, context);
}

/** Queries, keys and values in one piece each, [B, H, N, d]. */
function wholeHeads(qkv: Value, layout: Layout, context: LoweringContext): Heads {
  const { B, N, H, d } = layout;
  const all = [{ heads: evaluate(times(B, H), context.likelyLengths), queries: [N] }];
  const { q, k, v } = splitHeads(qkv, layout, all, context);
  const whole = ([x]: readonly Value[]) => context.writer.reshape(x!, [B, H, N, d]);
  return { q: whole(q), k: whole(k), v: whole(v) };
}

/** [1, 1, N, N] of {@link paddingScores}, as cuDNN takes them. Lengths would not do: padding may lie between tokens. */
function fusedBias(present: Value | undefined, context: LoweringContext): Value | undefined {
  const padding = paddingScores(present, context);
  if (padding === undefined) return undefined;
  const { writer: w } = context;
  const N = present!.shape[0]!;
  return w.broadcastTo(w.cast(w.reshape(padding, [1, 1, 1, N]), operandType(context)), [1, 1, N, N]);
}

interface Layout {
  B: Dimension;
  N: Dimension;
  H: number;
  D: Dimension;
  /** Width of a head. */
  d: number;
  rotation: Rotation | undefined;
}

interface Slice {
  /** How many of the B · H heads. */
  heads: number;
  /** How many queries at a time. */
  queries: Dimension[];
}

function layoutOf(qkv: Value, H: number, rotation: Rotation | undefined): Layout {
  const [B, N, threeD] = qkv.shape as [Dimension, Dimension, number];
  return { B, N, H, D: threeD / 3, d: threeD / 3 / H, rotation };
}

/**
 * Groups of whole heads if one fits into a slice, else one head at a time and its queries in parts. XLA gets all in one
 * piece: on a GPU nothing stays in a cache, and thousands of small products take minutes to compile.
 */
function slicesOf({ B, N, H }: Layout, { likelyLengths, xla }: LoweringContext): Slice[] {
  if (xla) return [{ heads: evaluate(times(B, H), likelyLengths), queries: [N] }];
  const tokens = evaluate(N, likelyLengths);
  const heads = evaluate(B, likelyLengths) * H;
  const perHead = 4 * tokens * tokens;
  const group = Math.max(1, Math.floor(SLICE_BYTES / perHead));
  const queries = evenParts(N, Math.min(MOST_PARTS, Math.max(1, Math.ceil(perHead / SLICE_BYTES))));
  const count = Math.ceil(heads / group);
  return evenParts(heads, count).map((size) => ({ heads: size as number, queries }));
}

/** Queries, keys and values of every slice, each [heads, N, d]. One transpose; the slices share its memory. */
function splitHeads(qkv: Value, layout: Layout, slices: readonly Slice[], context: LoweringContext) {
  const { B, N, H, d, rotation } = layout;
  const { writer: w } = context;
  const operand = w.cast(qkv, operandType(context));
  const byHead = w.transpose(w.reshape(operand, [B, N, 3, H, d]), [2, 0, 3, 1, 4]);
  const sizes = slices.map(({ heads }) => heads);
  const cut = (x: Value) => w.split(w.reshape(x, [times(B, H), N, d]), sizes, 0);
  if (rotation === undefined) {
    const [q, k, v] = w.split(byHead, [1, 1, 1], 0);
    return { q: cut(q!), k: cut(k!), v: cut(v!) };
  }
  const [queriesAndKeys, values] = w.split(byHead, [2, 1], 0);
  const [q, k] = w.split(rotated(queriesAndKeys!, rotation, context), [1, 1], 0);
  return { q: cut(q!), k: cut(k!), v: cut(values!) };
}

/** Gradients of queries, keys and values, one slice of heads below the other, as those of qkv: [B, N, 3D]. */
function ofTokens(
  { dq, dk, dv }: Record<'dq' | 'dk' | 'dv', readonly Value[]>,
  layout: Layout,
  context: LoweringContext,
): Value {
  const { B, N, D, rotation } = layout;
  const { writer: w } = context;
  const joined =
    rotation === undefined
      ? joinHeads([dq, dk, dv], layout, w)
      : joinHeads([[rotated(joinHeads([dq, dk], layout, w), rotation, context, { back: true })], dv], layout, w);
  return w.cast(w.reshape(w.transpose(joined, [1, 3, 0, 2, 4]), [B, N, times(3, D)]), DataType.FLOAT);
}

/**
 * [n, B, H, N, d] of all. Where each is in one piece, clips stay an axis of their own, which devices can share; else slices
 * are put one below the other in one go.
 */
function joinHeads(all: readonly (readonly Value[])[], { B, H, N, d }: Layout, w: GraphWriter): Value {
  const sizes = all.map(([first]) => (first!.shape.length === 5 ? (first!.shape[0] as number) : 1));
  const count = sizes.reduce((sum, size) => sum + size, 0);
  if (all.every(({ length }) => length === 1)) {
    const whole = all.map(([x], i) => w.reshape(x!, [sizes[i]!, B, H, N, d]));
    return w.concat(whole, 0, count);
  }
  const rows = all.flatMap((slices, i) => {
    return sizes[i] === 1 ? slices : [w.reshape(slices[0]!, [times(times(sizes[i]!, B), H), N, d])];
  });
  return w.reshape(w.concat(rows, 0, times(times(count, B), H)), [count, B, H, N, d]);
}

/** x / sqrt(d): where that is a power of two, bfloat16 numbers stay exact and need not be widened for it. */
function scaled(x: Value, { d }: Layout, { writer: w }: LoweringContext): Value {
  const factor = 1 / Math.sqrt(d);
  const exact = Number.isInteger(Math.log2(factor));
  return w.cast(w.scale(exact ? x : w.cast(x, DataType.FLOAT), factor), x.dtype);
}

/** The gradients of one slice's queries, keys and values. */
function sliceGradient(
  {
    q,
    k,
    v,
    dy,
    rowSums,
    padding,
  }: Record<'q' | 'k' | 'v' | 'dy' | 'rowSums', Value> & { padding?: Value | undefined },
  { queries }: Slice,
  layout: Layout,
  context: LoweringContext,
) {
  const { N } = layout;
  const { writer: w } = context;
  const qs = w.split(q, queries, 1);
  const dys = w.split(dy, queries, 1);
  const sums = w.split(rowSums, queries, 1);
  const parts = qs.map((part, i) => {
    const weights = attentionWeights(part, k, padding, context);
    const dweights = product(dys[i]!, v, { transposeB: true }, context);
    const dscores = w.mul(weights, w.sub(dweights, sums[i]!));
    return {
      dq: scaled(w.cast(product(dscores, k, {}, context), operandType(context)), layout, context),
      dk: product(dscores, part, { transposeA: true }, context),
      dv: product(weights, dys[i]!, { transposeA: true }, context),
    };
  });
  const total = (which: 'dk' | 'dv') => parts.map((part) => part[which]).reduce((sum, part) => w.add(sum, part));
  return {
    dq: w.concat(
      parts.map(({ dq }) => dq),
      1,
      N,
    ),
    dk: total('dk'),
    dv: total('dv'),
  };
}

/** So far below any score that its exponential is exactly 0. */
const FAR = 1e9;

/** [1, 1, N], to be added to scores: 0 for keys that are there, far below any score for padding. */
function paddingScores(present: Value | undefined, { writer: w }: LoweringContext): Value | undefined {
  if (present === undefined) return undefined;
  const scores = w.scale(w.sub(present, w.scalar(1)), FAR);
  return w.reshape(scores, [1, 1, present.shape[0]!]);
}

/** softmax(q k^T), [heads, queries, N]. */
function attentionWeights(q: Value, k: Value, padding: Value | undefined, context: LoweringContext): Value {
  const scores = product(q, k, { transposeB: true }, context);
  return padding === undefined ? softmax(scores, context) : context.writer.softmax(context.writer.add(scores, padding));
}

/** Weights of scores: scores that a product left in bfloat16 need not be widened. */
function softmax(scores: Value, { writer: w, hasKernel }: LoweringContext): Value {
  const narrow = beforeWidening(scores);
  if (narrow === undefined || !hasKernel('_MklSoftmax', DataType.BFLOAT16, ONEDNN_LABEL)) return w.softmax(scores);
  return w.cast(w.softmax(narrow), DataType.FLOAT);
}

/** A product of two stacks of matrices. */
function product(
  a: Value,
  b: Value,
  options: { transposeA?: boolean; transposeB?: boolean },
  context: LoweringContext,
): Value {
  const { writer: w, nativeBfloat16 } = context;
  const [x, y] = [w.cast(a, DataType.FLOAT), w.cast(b, DataType.FLOAT)];
  // Where bfloat16 is only imitated, it is enough that queries, keys and values are rounded.
  if (!nativeBfloat16) return w.batchMatMul(x, y, options);
  return inPrecision(x, y, (left, right) => w.batchMatMul(left, right, options), context);
}

/** What heads are moved about in: narrow where products take it narrow. */
function operandType({ precision }: LoweringContext): number {
  return precision === 'bfloat16' ? DataType.BFLOAT16 : DataType.FLOAT;
}
