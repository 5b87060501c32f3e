import {
  countParameters,
  type EncoderConfig,
  encoderConfig,
  encoderParameterShapes,
  type PredictorConfig,
  predictorConfig,
  predictorParameterShapes,
} from '@vjepa/vit';
import { CommandError, reasonOf } from '../command-error.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';

/** The two networks that pretraining trains; the target encoder is a copy of the encoder. */
export interface PretrainingModel {
  encoder: EncoderConfig;
  predictor: PredictorConfig;
}

/**
 * The encoder and predictor a config describes.
 *
 * @throws CommandError when sizes contradict each other, such as a width that the heads do not divide.
 */
export function pretrainingModel({ data, mask, model }: PretrainingConfig): PretrainingModel {
  try {
    const encoder = encoderConfig(model.model_name, {
      imageSize: data.crop_size,
      patchSize: data.patch_size,
      numFrames: data.num_frames,
      tubeletSize: data.tubelet_size,
      uniformPower: model.uniform_power,
      embedDim: model.embed_dim,
      depth: model.depth,
      numHeads: model.num_heads,
      mlpRatio: model.mlp_ratio,
    });
    const predictor = predictorConfig(encoder, {
      embedDim: model.pred_embed_dim,
      depth: model.pred_depth,
      numHeads: model.pred_num_heads,
      numMaskTokens: mask.length,
      zeroInitMaskTokens: model.zero_init_mask_tokens,
    });
    return { encoder, predictor };
  } catch (error) {
    throw new CommandError(`the config's model cannot be built: ${reasonOf(error)}`, { cause: error });
  }
}

/** What `--dry-run` tells about a model. */
export interface ModelSummary {
  model: string;
  encoder_parameters: number;
  predictor_parameters: number;
  tokens: number;
  token_grid: [number, number, number];
  state_bytes: number;
  encoder: EncoderConfig;
  predictor: PredictorConfig;
}

/** Counts a model's trainable parameters and the memory its training state takes, in bytes of float32. */
export function summarizeModel(config: PretrainingConfig): ModelSummary {
  const { encoder, predictor } = pretrainingModel(config);
  const encoderParameters = countParameters(encoderParameterShapes(encoder));
  const predictorParameters = countParameters(predictorParameterShapes(predictor));
  const side = encoder.imageSize / encoder.patchSize;
  const depth = encoder.numFrames / encoder.tubeletSize;
  const tokens = depth * side * side;
  // Parameters, gradients and AdamW's two moments of both networks, and the target encoder.
  const stateBytes = 4 * (4 * (encoderParameters + predictorParameters) + encoderParameters);
  return {
    model: config.model.model_name,
    encoder_parameters: encoderParameters,
    predictor_parameters: predictorParameters,
    tokens,
    token_grid: [depth, side, side],
    state_bytes: stateBytes,
    encoder,
    predictor,
  };
}

/** The summary as lines for people. */
export function describeModel({ encoder, predictor, ...summary }: ModelSummary): string[] {
  const whole = (n: number) => n.toLocaleString('en-US');
  return [
    `encoder    ${summary.model}: ${encoder.depth} blocks of width ${encoder.embedDim}, ${encoder.numHeads} heads, ` +
      `${whole(summary.encoder_parameters)} parameters`,
    `predictor  ${predictor.depth} blocks of width ${predictor.embedDim}, ${predictor.numHeads} heads, ` +
      `${predictor.numMaskTokens} mask tokens, ${whole(summary.predictor_parameters)} parameters`,
    `clip       ${encoder.numFrames} frames of ${encoder.imageSize} x ${encoder.imageSize}: ` +
      `${whole(summary.tokens)} tokens (${summary.token_grid.join(' x ')})`,
    `state      ${(summary.state_bytes / 2 ** 30).toFixed(2)} GiB of parameters, gradients, AdamW moments and target, in float32`,
  ];
}
