import { type EncoderConfig, mlpHiddenDim } from './encoder-config.js';
import type { PredictorConfig } from './predictor-config.js';
import type { Vjepa2PredictorConfig } from './vjepa2-predictor-config.js';

/**
 * Floating-point operations of an encoder's forward pass on one clip: those of its products, two for each multiplication
 * and addition (patch embedding, projections, MLPs, attention). What is counted is what the model needs, not what an
 * engine does: nothing that is computed again, no padding.
 *
 * @param tokens K, the tokens that are encoded
 */
export function encoderFlops(
  encoder: Pick<EncoderConfig, 'embedDim' | 'depth' | 'mlpRatio' | 'patchSize' | 'numFrames' | 'tubeletSize'>,
  tokens: number,
): number {
  const { embedDim, patchSize, numFrames, tubeletSize } = encoder;
  const patchValues = 3 * patchSize ** 2 * (numFrames > 1 ? tubeletSize : 1);
  return 2 * tokens * patchValues * embedDim + blockFlops(encoder, tokens);
}

/**
 * The same of a predictor. That of V-JEPA 2.1 also joins the encoder's levels, and predicts the tokens it is given.
 *
 * @param context Kc, the tokens it is given
 * @param target Kt, the tokens it predicts
 */
export function predictorFlops(
  predictor: Pick<PredictorConfig, 'embedDim' | 'depth' | 'mlpRatio' | 'encoderDim' | 'outputDim'> &
    Partial<Pick<Vjepa2PredictorConfig, 'version' | 'levels'>>,
  context: number,
  target: number,
): number {
  const { embedDim, encoderDim, outputDim, version, levels = 1 } = predictor;
  const joined = levels > 1 ? 2 * context * levels * encoderDim ** 2 : 0;
  const predicted = version === '2.1' ? context + target : target;
  const projections = 2 * embedDim * (context * encoderDim + predicted * outputDim);
  return joined + projections + blockFlops(predictor, context + target);
}

/** All blocks on K tokens: 4 D^2 for queries, keys, values and the output, the MLP's two products, and attention's two. */
function blockFlops(
  { embedDim: D, depth, mlpRatio }: Pick<EncoderConfig, 'embedDim' | 'depth' | 'mlpRatio'>,
  K: number,
): number {
  return depth * 2 * (K * (4 * D * D + 2 * D * mlpHiddenDim(D, mlpRatio)) + 2 * K * K * D);
}
