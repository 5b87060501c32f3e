import { DataType } from '../data-type.js';
import { type Dimension, evaluate } from '../dimension.js';
import type { Attributes, Value } from '../node.js';
import type { AttentionForm, LoweringContext } from './fused-kernel.js';
import type { ResultSpec } from './graph-writer.js';

/** Queries, keys and values, each [B, H, N, d] in bfloat16. */
export interface Heads {
  q: Value;
  k: Value;
  v: Value;
}

/** What the backward call needs of the forward one. */
export interface FusedAttention {
  /** [B, H, N, d], bfloat16. */
  output: Value;
  /** [B, H, N]: each query's logarithm of the sum of its scores' exponentials. */
  statistics: Value;
}

/** The widest head that cuDNN's kernels take in both directions on every GPU that has them. */
const WIDEST_HEAD = 128;

/**
 * Whether attention over heads of width `d` and N tokens may be one call of cuDNN's, which keeps no matrix of scores. It
 * takes 16-bit numbers only, widths that are multiples of 8, and, with a bias, even numbers of tokens. What comes of it is
 * noted among the context's `attention`.
 */
export function fusesAttention(
  { d, N, padded }: { d: number; N: Dimension; padded: boolean },
  context: LoweringContext,
): boolean {
  const because = obstacle(d, padded ? evaluate(N, context.likelyLengths) : 0, context);
  const form: AttentionForm = { headWidth: d, fused: because === undefined, ...(because && { because }) };
  const isKnown = context.attention.some((other) => other.headWidth === d && other.because === because);
  if (!isKnown) context.attention.push(form);
  return form.fused;
}

function obstacle(d: number, paddedTokens: number, { fusedAttention, xla, precision }: LoweringContext) {
  if (!fusedAttention || !xla) return 'it is not asked for';
  if (precision !== 'bfloat16') return 'products are float32, and cuDNN takes bfloat16';
  if (d % 8 !== 0) return 'the width of a head is no multiple of 8';
  if (d > WIDEST_HEAD) return `heads are wider than ${WIDEST_HEAD}`;
  return paddedTokens % 2 === 0 ? undefined : `${paddedTokens} tokens, an odd number, are padded`;
}

/**
 * softmax(q k^T / sqrt(d) + bias) v.
 *
 * @param bias [1, 1, N, N] in bfloat16, added to the scores of every head
 */
export function fusedAttention({ q, k, v }: Heads, bias: Value | undefined, context: LoweringContext): FusedAttention {
  const [B, H, N] = q.shape as [Dimension, Dimension, Dimension];
  const call = { target: `__cudnn$fmha${bias ? 'ScaleBias' : ''}Softmax`, products: FORWARD };
  const results = [
    { dtype: DataType.BFLOAT16, shape: q.shape },
    { dtype: DataType.FLOAT, shape: [B, H, N] },
  ];
  const [output, statistics] = customCall(call, [q, k, v, ...(bias ? [bias] : [])], results, context);
  return { output: output!, statistics: statistics! };
}

/** The gradients of queries, keys and values, given the result's, [B, H, N, d] in bfloat16. */
export function fusedAttentionGrad(
  { q, k, v }: Heads,
  { output, statistics }: FusedAttention,
  dOutput: Value,
  bias: Value | undefined,
  context: LoweringContext,
): Heads {
  const call = { target: `__cudnn$fmha${bias ? 'ScaleBias' : ''}SoftmaxBackward`, products: BACKWARD };
  const operands = [q, k, v, statistics, dOutput, ...(bias ? [bias] : []), output];
  const [dq, dk, dv] = customCall(call, operands, [q, k, v], context);
  return { q: dq!, k: dk!, v: dv! };
}

/** For each product inside a call the axes of its two operands, [B, H, ., .] each, that are summed over. */
const FORWARD = { bmm1: [3, 3], bmm2: [3, 2] };
const BACKWARD = { bmm1_grad_gemm1: [2, 2], bmm1_grad_gemm2: [3, 2], bmm2_grad_gemm1: [2, 2], bmm2_grad_gemm2: [3, 3] };

/** One call that XLA hands to cuDNN. Its last result is room to work in, whose size XLA finds out. */
function customCall(
  { target, products }: { target: string; products: Readonly<Record<string, readonly number[]>> },
  operands: readonly Value[],
  results: readonly ResultSpec[],
  { writer: w, likelyLengths, parts = 1 }: LoweringContext,
): readonly Value[] {
  const sizes = (shape: readonly Dimension[]) => shape.map((size) => evaluate(size, likelyLengths));
  const all = [...results, { dtype: DataType.UINT8, shape: [0] }];
  const [B, ...heads] = sizes(operands[0]!.shape);
  const config = backendConfig([B! / parts, ...heads], products);
  const attributes: Attributes = {
    call_target_name: { kind: 'string', value: target },
    backend_config: { kind: 'string', value: JSON.stringify(config) },
    has_side_effect: { kind: 'bool', value: false },
    operand_dtypes: { kind: 'types', value: operands.map(({ dtype }) => dtype) },
    result_dtypes: { kind: 'types', value: all.map(({ dtype }) => dtype) },
    result_shapes: { kind: 'shapes', value: all.map(({ shape }) => sizes(shape)) },
  };
  return w.write('XlaCustomCallV2', attributes, operands, all);
}

/** XLA's GpuBackendConfig as JSON, where 64-bit integers are strings. */
function backendConfig([B, H, N, d]: readonly number[], products: Readonly<Record<string, readonly number[]>>) {
  const strings = (values: readonly number[]) => values.map(String);
  const dimensionNumbers = Object.entries(products).map(([name, [left, right]]) => [
    `${name}_dot_dimension_numbers`,
    {
      lhs_contracting_dimensions: strings([left!]),
      rhs_contracting_dimensions: strings([right!]),
      lhs_batch_dimensions: strings([0, 1]),
      rhs_batch_dimensions: strings([0, 1]),
    },
  ]);
  return {
    cudnn_fmha_backend_config: {
      algorithm: { algo_id: '0', math_type: 'TENSOR_OP_MATH', is_cudnn_frontend: true, workspace_size: '0' },
      fmha_scale: 1 / Math.sqrt(d!),
      intermediate_tensor_shape: {
        element_type: 'BF16',
        dimensions: strings([B!, H!, N!, N!]),
        layout: { minor_to_major: strings([3, 2, 1, 0]) },
        is_dynamic_dimension: [false, false, false, false],
      },
      is_flash_attention: true,
      mask_type: 'NO_MASK',
      ...Object.fromEntries(dimensionNumbers),
    },
  };
}
