import { attentiveProbeConfig, averageProbeConfig, type ProbeConfig } from '@vjepa/probe';
import { type EncoderConfig, encoderConfig } from '@vjepa/vit';
import { CommandError, reasonOf } from '../command-error.js';
import type { EvaluationConfig } from '../config/evaluation-config.js';

/**
 * The pretrained encoder, built for the resolution it is used at.
 *
 * @param imageSize side of the square frames, in pixels
 * @throws CommandError when sizes contradict each other
 */
export function pretrainedEncoder(pretrain: EvaluationConfig['pretrain'], imageSize: number): EncoderConfig {
  try {
    return encoderConfig(pretrain.model_name, {
      imageSize,
      patchSize: pretrain.patch_size,
      numFrames: pretrain.frames_per_clip,
      tubeletSize: pretrain.tubelet_size,
      uniformPower: pretrain.uniform_power,
      embedDim: pretrain.embed_dim,
      depth: pretrain.depth,
      numHeads: pretrain.num_heads,
      mlpRatio: pretrain.mlp_ratio,
    });
  } catch (error) {
    throw new CommandError(`the config's pretrain model cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}

/** The frozen encoder of an evaluation. */
export function frozenEncoder(config: EvaluationConfig): EncoderConfig {
  return pretrainedEncoder(config.pretrain, resolutionOf(config));
}

/** Side of the square frames, in pixels. */
export function resolutionOf(config: EvaluationConfig): number {
  return config.eval_name === 'image_classification_frozen' ? config.data.resolution : config.optimization.resolution;
}

/**
 * The probe that is trained on the encoder's features.
 *
 * @throws CommandError when sizes contradict each other
 */
export function configuredProbe({ probe, data }: EvaluationConfig, encoder: EncoderConfig): ProbeConfig {
  try {
    if (probe.pooling === 'average') return averageProbeConfig(encoder, data.num_classes);
    const heads = probe.num_heads === undefined ? {} : { numHeads: probe.num_heads };
    return attentiveProbeConfig(encoder, data.num_classes, { depth: probe.depth, ...heads });
  } catch (error) {
    throw new CommandError(`the config's probe cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}
