import * as tf from '@tensorflow/tfjs-core';
import {
  gelu,
  layerNorm,
  layerNormWithoutAffine,
  linear,
  type Parameters,
  parameter,
  transformerBlock,
} from '@vjepa/vit';
import type { AttentiveProbeConfig } from './probe-config.js';
import { attentionPrefix } from './probe-parameters.js';
import { queryPooling } from './query-pooling.js';

/**
 * Attentive pooling by several probes of one config on the same tokens.
 *
 * The reference computes keys and values of every token, 2 D^2 products each. Its query is one token and the same for
 * the whole batch, so the same function is had for heads * D products: head h scores a token x by q_h . W_k,h x =
 * (W_k,h^T q_h) . x, and the attended value is W_v,h (sum of weights * x). The layer norm's weight and bias move out
 * of the sum likewise, so that probes share the normalised tokens. What a key's bias adds is the same for all tokens
 * and drops out of the softmax.
 *
 * @param parametersOf the parameters of each probe
 * @param tokens [B, N, D]
 * @param options.inputGradient true when the tokens come from an encoder that is trained too
 * @returns for each probe [B, D]
 */
export function attentivePool(
  config: AttentiveProbeConfig,
  parametersOf: Parameters[],
  tokens: tf.Tensor3D,
  { inputGradient = false }: { inputGradient?: boolean | undefined } = {},
): tf.Tensor2D[] {
  const { embedDim: D, numHeads, completeBlock, layerNormEpsilon } = config;
  const B = tokens.shape[0];
  const x = completeBlock ? (layerNormWithoutAffine(tokens, layerNormEpsilon) as tf.Tensor3D) : tokens;
  const queries = parametersOf.map((parameters) => tokenQueries(config, parameters));
  const pooled = queryPooling(x, tf.concat(queries, 0) as tf.Tensor2D, { inputGradient }); // [B, probes * heads, D]
  return parametersOf.map((parameters, i) => {
    const own = tf.slice(pooled, [0, i * numHeads, 0], [B, numHeads, D]);
    return afterPooling(config, parameters, own);
  });
}

/** The heads' queries carried through the key projection (and the norm's weight) into token space: [heads, D]. */
function tokenQueries(config: AttentiveProbeConfig, parameters: Parameters): tf.Tensor2D {
  const { embedDim: D, numHeads } = config;
  const hd = D / numHeads;
  const of = (leaf: string) => parameter(parameters, `${attentionPrefix(config)}.${leaf}`);
  const query = tf.reshape(parameter(parameters, 'pooler.query_tokens'), [1, D]);
  const q = tf.mul(linear(query, of('q.weight'), of('q.bias')), 1 / Math.sqrt(hd));
  const keyWeight = tf.reshape(tf.slice(of('kv.weight'), [0, 0], [D, D]), [numHeads, hd, D]);
  const u = tf.reshape(tf.matMul(tf.reshape(q, [numHeads, 1, hd]), keyWeight), [numHeads, D]) as tf.Tensor2D;
  return config.completeBlock ? tf.mul(u, parameter(parameters, 'pooler.cross_attention_block.norm1.weight')) : u;
}

/** Values, residual, MLP and further blocks on what the heads gathered. [B, heads, D] -> [B, D]. */
function afterPooling(config: AttentiveProbeConfig, parameters: Parameters, gathered: tf.Tensor): tf.Tensor2D {
  const { embedDim: D, numHeads, layerNormEpsilon } = config;
  const hd = D / numHeads;
  const B = gathered.shape[0]!;
  const block = 'pooler.cross_attention_block';
  const of = (name: string) => parameter(parameters, name);
  const attention = attentionPrefix(config);

  const normed = config.completeBlock
    ? tf.add(tf.mul(gathered, of(`${block}.norm1.weight`)), of(`${block}.norm1.bias`))
    : gathered;
  const valueWeight = tf.reshape(tf.slice(of(`${attention}.kv.weight`), [D, 0], [D, D]), [numHeads, hd, D]);
  const valueBias = tf.reshape(tf.slice(of(`${attention}.kv.bias`), [D], [D]), [numHeads, 1, hd]);
  const values = tf.add(tf.matMul(tf.transpose(normed, [1, 0, 2]), valueWeight, false, true), valueBias); // [h, B, hd]
  const attended = tf.reshape(tf.transpose(values, [1, 0, 2]), [B, D]) as tf.Tensor2D;
  if (!config.completeBlock) return selfAttention(config, parameters, attended);

  const middle = tf.add(tf.reshape(of('pooler.query_tokens'), [1, D]), attended);
  const normed2 = layerNorm(middle, of(`${block}.norm2.weight`), of(`${block}.norm2.bias`), layerNormEpsilon);
  const hidden = gelu(linear(normed2, of(`${block}.mlp.fc1.weight`), of(`${block}.mlp.fc1.bias`)));
  const mlp = linear(hidden, of(`${block}.mlp.fc2.weight`), of(`${block}.mlp.fc2.bias`));
  return selfAttention(config, parameters, tf.add(middle, mlp));
}

/** The further blocks of a deeper probe, on one token per sample. */
function selfAttention(config: AttentiveProbeConfig, parameters: Parameters, x: tf.Tensor2D): tf.Tensor2D {
  let y = x;
  for (let j = 0; j < config.depth - 1; j++) {
    y = transformerBlock(y, parameters, `pooler.blocks.${j}`, {
      batchSize: x.shape[0],
      numHeads: config.numHeads,
      layerNormEpsilon: config.layerNormEpsilon,
    });
  }
  return y;
}
