import * as tf from '@tensorflow/tfjs-core';
import {
  gelu,
  layerNorm,
  layerNormWithoutAffine,
  linear,
  type Parameters,
  parameter,
  type Recompute,
  transformerBlock,
} from '@vjepa/vit';
import type { AttentiveProbeConfig } from './probe-config.js';
import { attentionPrefix } from './probe-parameters.js';
import { queryPooling } from './query-pooling.js';

/** What attentive pooling takes beside tokens. */
export interface AttentivePoolOptions {
  /** True when the tokens come from an encoder that is trained too. */
  inputGradient?: boolean | undefined;
  /** Memory against time in the backward pass of self-attention blocks. Default 'none'. */
  recompute?: Recompute | undefined;
}

/**
 * Attentive pooling by several probes of one config on the same tokens: cross-attention of a learned query, or of Q of
 * them, and self-attention blocks behind it, on what it gathers, or before it, on the tokens.
 *
 * The reference computes keys and values of every token, 2 D^2 products each. Its query is one token and the same for
 * the whole batch, so the same function is had for heads * D products: head h scores a token x by q_h . W_k,h x =
 * (W_k,h^T q_h) . x, and the attended value is W_v,h (sum of weights * x). The layer norm's weight and bias move out
 * of the sum likewise, so that probes share the normalised tokens, where no blocks of their own come first. What a
 * key's bias adds is the same for all tokens and drops out of the softmax.
 *
 * @param parametersOf the parameters of each probe
 * @param tokens [B, N, D]
 * @returns for each probe [B * Q, D], the queries of a sample one after the other
 */
export function attentivePool(
  config: AttentiveProbeConfig,
  parametersOf: Parameters[],
  tokens: tf.Tensor3D,
  { inputGradient = false, recompute }: AttentivePoolOptions = {},
): tf.Tensor2D[] {
  const [B, N, D] = tokens.shape;
  const blocks = (parameters: Parameters, x: tf.Tensor2D) => selfAttention(config, parameters, x, B, recompute);
  if (config.selfAttention === 'before' && config.depth > 1) {
    return parametersOf.flatMap((parameters) => {
      const own = blocks(parameters, tf.reshape(tokens, [B * N, D]));
      return crossAttention(config, [parameters], tf.reshape(own, [B, N, D]), true);
    });
  }
  const pooled = crossAttention(config, parametersOf, tokens, inputGradient);
  return pooled.map((x, i) => blocks(parametersOf[i]!, x));
}

/** The learned queries of each probe attend to the tokens; residual and MLP. [B, N, D] -> for each probe [B * Q, D]. */
function crossAttention(
  config: AttentiveProbeConfig,
  parametersOf: Parameters[],
  tokens: tf.Tensor3D,
  inputGradient: boolean,
): tf.Tensor2D[] {
  const { embedDim: D, numHeads, completeBlock, layerNormEpsilon } = config;
  const B = tokens.shape[0];
  const Q = numQueries(config);
  const x = completeBlock ? (layerNormWithoutAffine(tokens, layerNormEpsilon) as tf.Tensor3D) : tokens;
  const queries = parametersOf.map((parameters) => tokenQueries(config, parameters));
  const pooled = queryPooling(x, tf.concat(queries, 0) as tf.Tensor2D, { inputGradient }); // [B, probes * Q * heads, D]
  return parametersOf.map((parameters, i) => {
    const own = tf.slice(pooled, [0, i * Q * numHeads, 0], [B, Q * numHeads, D]);
    return afterPooling(config, parameters, Q === 1 ? own : tf.reshape(own, [B * Q, numHeads, D]));
  });
}

/** Q, one for each question. */
function numQueries({ tasks }: AttentiveProbeConfig): number {
  return tasks?.length ?? 1;
}

/** The heads' queries carried through the key projection (and the norm's weight) into token space: [Q * heads, D]. */
function tokenQueries(config: AttentiveProbeConfig, parameters: Parameters): tf.Tensor2D {
  const { embedDim: D, numHeads } = config;
  const hd = D / numHeads;
  const of = (leaf: string) => parameter(parameters, `${attentionPrefix(config)}.${leaf}`);
  const Q = numQueries(config);
  const query = tf.reshape(parameter(parameters, 'pooler.query_tokens'), [Q, D]);
  const q = tf.mul(linear(query, of('q.weight'), of('q.bias')), 1 / Math.sqrt(hd));
  const keyWeight = tf.reshape(tf.slice(of('kv.weight'), [0, 0], [D, D]), [numHeads, hd, D]);
  const byHead = Q === 1 ? tf.reshape(q, [numHeads, 1, hd]) : tf.transpose(tf.reshape(q, [Q, numHeads, hd]), [1, 0, 2]);
  const ofHeads = tf.matMul(byHead, keyWeight); // [heads, Q, D]
  const u = tf.reshape(Q === 1 ? ofHeads : tf.transpose(ofHeads, [1, 0, 2]), [Q * numHeads, D]) as tf.Tensor2D;
  return config.completeBlock ? tf.mul(u, parameter(parameters, 'pooler.cross_attention_block.norm1.weight')) : u;
}

/** Values, residual and MLP on what the heads gathered. [B * Q, heads, D] -> [B * Q, D]. */
function afterPooling(config: AttentiveProbeConfig, parameters: Parameters, gathered: tf.Tensor): tf.Tensor2D {
  const { embedDim: D, numHeads, layerNormEpsilon } = config;
  const hd = D / numHeads;
  const BQ = gathered.shape[0]!;
  const Q = numQueries(config);
  const block = 'pooler.cross_attention_block';
  const of = (name: string) => parameter(parameters, name);
  const attention = attentionPrefix(config);

  const normed = config.completeBlock
    ? tf.add(tf.mul(gathered, of(`${block}.norm1.weight`)), of(`${block}.norm1.bias`))
    : gathered;
  const valueWeight = tf.reshape(tf.slice(of(`${attention}.kv.weight`), [D, 0], [D, D]), [numHeads, hd, D]);
  const valueBias = tf.reshape(tf.slice(of(`${attention}.kv.bias`), [D], [D]), [numHeads, 1, hd]);
  const values = tf.add(tf.matMul(tf.transpose(normed, [1, 0, 2]), valueWeight, false, true), valueBias); // [h, BQ, hd]
  const attended = tf.reshape(tf.transpose(values, [1, 0, 2]), [BQ, D]) as tf.Tensor2D;
  if (!config.completeBlock) return attended;

  const query = of('pooler.query_tokens'); // [1, Q, D]
  const middle =
    Q === 1
      ? tf.add(tf.reshape(query, [1, D]), attended)
      : (tf.reshape(tf.add(query, tf.reshape(attended, [BQ / Q, Q, D])), [BQ, D]) as tf.Tensor2D);
  const normed2 = layerNorm(middle, of(`${block}.norm2.weight`), of(`${block}.norm2.bias`), layerNormEpsilon);
  const hidden = gelu(linear(normed2, of(`${block}.mlp.fc1.weight`), of(`${block}.mlp.fc1.bias`)));
  const mlp = linear(hidden, of(`${block}.mlp.fc2.weight`), of(`${block}.mlp.fc2.bias`));
  return tf.add(middle, mlp);
}

/** The self-attention blocks of a deeper probe, on B sequences of tokens: [B * N, D], N = Q for what was gathered. */
function selfAttention(
  config: AttentiveProbeConfig,
  parameters: Parameters,
  x: tf.Tensor2D,
  batchSize: number,
  recompute: Recompute | undefined,
): tf.Tensor2D {
  const { numHeads, layerNormEpsilon } = config;
  let y = x;
  for (let j = 0; j < config.depth - 1; j++) {
    y = transformerBlock(y, parameters, `pooler.blocks.${j}`, { batchSize, numHeads, layerNormEpsilon, recompute });
  }
  return y;
}
