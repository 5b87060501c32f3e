import { tokenCount } from '@vjepa/masks';
import {
  clipEncoderParameterShapes,
  clipPredictorParameterShapes,
  countParameters,
  type TokenGrid,
  tokenGrid,
} from '@vjepa/vit';
import type { PretrainingModel } from './pretraining-model.js';

/** Sizes of a pretraining's model. */
export interface ModelSummary extends PretrainingModel {
  /** The encoder's name. */
  model: string;
  /** Numbers of trained parameters. */
  encoderParameters: number;
  predictorParameters: number;
  teacherParameters?: number;
  tokens: number;
  grid: TokenGrid;
  /** Parameters, gradients and AdamW's two moments of both networks, target encoder and teacher if there are any, in float32. */
  stateBytes: number;
}

/** Counts a model's trainable parameters, tokens, and the memory its training state takes. */
export function summarizeModel(
  model: string,
  { encoder, predictor, hasTargetEncoder, teacher }: PretrainingModel,
): ModelSummary {
  const encoderParameters = countParameters(clipEncoderParameterShapes(encoder));
  const predictorParameters = countParameters(clipPredictorParameterShapes(predictor));
  const grid = tokenGrid(encoder);
  const target = hasTargetEncoder ? encoderParameters : 0;
  const teacherParameters = teacher ? countParameters(clipEncoderParameterShapes(teacher)) : 0;
  const stateBytes = 4 * (4 * (encoderParameters + predictorParameters) + target + teacherParameters);
  return {
    model,
    encoderParameters,
    predictorParameters,
    tokens: tokenCount(grid),
    grid,
    stateBytes,
    encoder,
    predictor,
    hasTargetEncoder,
    ...(teacher && { teacher, teacherParameters }),
  };
}

/** The summary as lines for people. */
export function describeModel({ encoder, predictor, grid, ...summary }: ModelSummary): string[] {
  const whole = (n: number) => n.toLocaleString('en-US');
  return [
    `encoder    ${summary.model}: ${encoder.depth} blocks of width ${encoder.embedDim}, ${encoder.numHeads} heads, ` +
      `${whole(summary.encoderParameters)} parameters`,
    `predictor  ${predictor.depth} blocks of width ${predictor.embedDim}, ${predictor.numHeads} heads, ` +
      `${predictor.numMaskTokens} mask tokens, ${whole(summary.predictorParameters)} parameters` +
      (summary.hasTargetEncoder ? '' : ', of pixels'),
    ...(summary.teacher
      ? [
          `teacher    ${summary.teacher.depth} blocks of width ${summary.teacher.embedDim}, ${whole(summary.teacherParameters!)} parameters, frozen`,
        ]
      : []),
    `clip       ${encoder.numFrames} frames of ${encoder.imageSize} x ${encoder.imageSize}: ` +
      `${whole(summary.tokens)} tokens (${grid.depth} x ${grid.height} x ${grid.width})`,
    `state      ${(summary.stateBytes / 2 ** 30).toFixed(2)} GiB of parameters, gradients${summary.hasTargetEncoder ? ', AdamW moments and target' : ' and AdamW moments'}, in float32`,
  ];
}
