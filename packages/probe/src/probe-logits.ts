import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { layerNorm, linear, type Parameters, parameter } from '@vjepa/vit';
import { type AttentivePoolOptions, attentivePool } from './attentive-probe.js';
import type { AverageProbeConfig, ProbeConfig } from './probe-config.js';
import { probeClassifiers } from './probe-parameters.js';

/** What a probe's forward pass takes beside tokens. */
export interface ProbeOptions extends AttentivePoolOptions {
  /** [B, D], or [B * Q, D] of Q questions: factors on the pooled features, taken as constants: 0 or 1 / (1 - rate) for dropout. */
  dropout?: tf.Tensor | undefined;
}

/**
 * Class scores of several probes of one config on the same tokens.
 *
 * @param parametersOf the parameters of each probe
 * @param tokens [B, N, D], the encoder's output
 * @returns for each probe [B, classes], before the softmax; those of several questions side by side
 */
export function probeLogits(
  config: ProbeConfig,
  parametersOf: Parameters[],
  tokens: tf.Tensor3D,
  options: ProbeOptions = {},
): tf.Tensor2D[] {
  registerGradients();
  if (tokens.rank !== 3 || tokens.shape[2] !== config.embedDim) {
    throw new Error(
      `the probe takes tokens [B, N, ${config.embedDim}], but these have shape [${tokens.shape.join(', ')}]`,
    );
  }
  const pooled =
    config.kind === 'attentive'
      ? attentivePool(config, parametersOf, tokens, options)
      : averagePool(config, parametersOf, tokens);
  const classifiers = probeClassifiers(config);
  return pooled.map((features, i) => {
    const kept = options.dropout === undefined ? features : tf.mul(features, options.dropout);
    const answers = (x: tf.Tensor2D, layer: string) =>
      linear(x, parameter(parametersOf[i]!, `${layer}.weight`), parameter(parametersOf[i]!, `${layer}.bias`));
    if (classifiers.length === 1) return answers(kept as tf.Tensor2D, classifiers[0]!.layer);
    const D = config.embedDim;
    const byQuery = tf.reshape(kept, [tokens.shape[0], classifiers.length, D]);
    const logits = classifiers.map(({ layer }, q) => answers(rowOf(byQuery, q, D), layer));
    return tf.concat(logits, 1) as tf.Tensor2D;
  });
}

/** [B, Q, D] -> [B, D] */
function rowOf(x: tf.Tensor, q: number, D: number): tf.Tensor2D {
  return tf.reshape(tf.slice(x, [0, q, 0], [-1, 1, D]), [-1, D]);
}

function averagePool(config: AverageProbeConfig, parametersOf: Parameters[], tokens: tf.Tensor3D): tf.Tensor2D[] {
  const mean = tf.mul(tf.sum(tokens, 1), 1 / tokens.shape[1]) as tf.Tensor2D;
  return parametersOf.map((parameters) => {
    if (!config.normalize) return mean;
    const [weight, bias] = [parameter(parameters, 'norm.weight'), parameter(parameters, 'norm.bias')];
    return layerNorm(mean, weight, bias, config.layerNormEpsilon) as tf.Tensor2D;
  });
}
