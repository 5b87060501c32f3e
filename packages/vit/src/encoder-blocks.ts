import * as tf from '@tensorflow/tfjs-core';
import { transformerBlock } from './block.js';
import type { EncodeOptions } from './encode-options.js';
import type { EncoderConfig } from './encoder-config.js';
import { inTurn } from './in-turn.js';
import type { Parameters } from './parameters.js';
import type { Rotation } from './rotate.js';

/**
 * An encoder's blocks `blocks.0`, `blocks.1`, ... up to the last that is wanted.
 *
 * @param tokens [B, N, D]
 * @param outLayers the blocks whose outputs are wanted
 * @param norm the norm of a block's output, [B * N, D] -> [B * N, D]
 * @returns a list of [B, N, D] in the order of `outLayers`
 */
export function encoderBlocks(
  config: Pick<EncoderConfig, 'numHeads' | 'layerNormEpsilon'>,
  parameters: Parameters,
  tokens: tf.Tensor3D,
  outLayers: readonly number[],
  options: EncodeOptions & { rotation?: Rotation | undefined },
  norm: (x: tf.Tensor2D, layer: number) => tf.Tensor,
): tf.Tensor3D[] {
  const [B, N, D] = tokens.shape;
  const outputs = new Map<number, tf.Tensor3D>();
  let x = inTurn(tf.reshape(tokens, [B * N, D]) as tf.Tensor2D, options.turn);
  for (let i = 0; i <= Math.max(...outLayers); i++) {
    x = transformerBlock(x, parameters, `blocks.${i}`, {
      batchSize: B,
      numHeads: config.numHeads,
      layerNormEpsilon: config.layerNormEpsilon,
      recompute: options.recompute,
      branchScale: blockScale(options.branchScale, i, B),
      present: options.present,
      rotation: options.rotation,
    });
    if (outLayers.includes(i)) outputs.set(i, tf.reshape(norm(x, i), [B, N, D]));
  }
  return outLayers.map((layer) => outputs.get(layer)!);
}

/** @throws if a layer is listed that the encoder does not have */
export function checkLayers({ depth }: Pick<EncoderConfig, 'depth'>, outLayers: readonly number[]): void {
  for (const layer of outLayers) {
    if (!Number.isInteger(layer) || layer < 0 || layer >= depth) {
      throw new Error(`layer ${layer} is not one of the encoder's blocks 0..${depth - 1}`);
    }
  }
}

function blockScale(scale: tf.Tensor | undefined, block: number, B: number): tf.Tensor | undefined {
  return scale === undefined ? undefined : tf.reshape(tf.slice(scale, [block, 0, 0], [1, 2, B]), [2, B]);
}
