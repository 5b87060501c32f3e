import type { ModelVersion } from './clip-encoder.js';
import { countBlocks, type NamedShapes } from './count-blocks.js';
import { mlpRatioOf } from './recognize-encoder.js';
import type { Vjepa2PredictorConfig } from './vjepa2-predictor-config.js';

/** What the parameters of a predictor tell about its configuration. */
export interface RecognizedPredictor {
  /** Fields that names and shapes fix. */
  config: Pick<
    Vjepa2PredictorConfig,
    'encoderDim' | 'outputDim' | 'embedDim' | 'depth' | 'mlpRatio' | 'numMaskTokens' | 'levels'
  >;
  /** Undefined with a position table, which V-JEPA reads and files of V-JEPA 2 may carry unread. */
  version: ModelVersion | undefined;
}

/**
 * The configuration of a predictor of V-JEPA, V-JEPA 2 or 2.1 from its parameters, by the names of the reference state
 * dict. No tensor tells the number of its heads.
 *
 * @returns undefined when these are not the parameters of a predictor
 */
export function recognizePredictor(tensors: NamedShapes): RecognizedPredictor | undefined {
  const [outputDim, embedDim] = tensors.get('predictor_proj.weight')?.shape ?? [];
  const hidden = tensors.get('predictor_blocks.0.mlp.fc1.weight')?.shape[0];
  const fused = tensors.get('predictor_embed.0.weight')?.shape;
  const encoderDim = fused?.[0] ?? tensors.get('predictor_embed.weight')?.shape[1];
  if (embedDim === undefined || hidden === undefined || outputDim === undefined || encoderDim === undefined) {
    return undefined;
  }
  const is21 = tensors.has('predictor_proj_context.weight') || fused !== undefined;
  return {
    config: {
      ...{ encoderDim, outputDim, embedDim },
      depth: countBlocks(tensors, 'predictor_blocks'),
      mlpRatio: mlpRatioOf(hidden, embedDim, 4),
      numMaskTokens: countBlocks(tensors, 'mask_tokens'),
      levels: fused ? Math.round(fused[1]! / encoderDim) : 1,
    },
    version: is21 ? '2.1' : tensors.has('predictor_pos_embed') ? undefined : '2',
  };
}
