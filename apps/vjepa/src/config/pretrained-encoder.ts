import { type ClipEncoder, clipEncoderConfig } from '@vjepa/vit';
import { CommandError, reasonOf } from '../command-error.js';
import type { EvaluationConfig } from './evaluation-config.js';

/**
 * The pretrained encoder of a config, built for the resolution it is used at.
 *
 * @param imageSize side of the square frames, in pixels
 * @throws CommandError when sizes contradict each other
 */
export function pretrainedEncoder(pretrain: EvaluationConfig['pretrain'], imageSize: number): ClipEncoder {
  try {
    return clipEncoderConfig(pretrain.model_name, {
      imageSize,
      patchSize: pretrain.patch_size,
      numFrames: pretrain.frames_per_clip,
      tubeletSize: pretrain.tubelet_size,
      uniformPower: pretrain.uniform_power,
      embedDim: pretrain.embed_dim,
      depth: pretrain.depth,
      numHeads: pretrain.num_heads,
      mlpRatio: pretrain.mlp_ratio,
      normLayers: pretrain.norm_layers,
    });
  } catch (error) {
    throw new CommandError(`the config's pretrain model cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}
