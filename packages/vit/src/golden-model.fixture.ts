import { goldenParameters, goldenPredictorSizes, goldenSizes } from '@vjepa/test-kit/golden-model';
import {
  encoderConfig,
  encoderParameterShapes,
  positionTable,
  predictorConfig,
  predictorParameterShapes,
} from './index.js';

/** The small model whose outputs were computed in float64 from the reference. */
export const goldenEncoder = encoderConfig('vit_tiny', goldenSizes);
export const goldenPredictor = predictorConfig(goldenEncoder, goldenPredictorSizes);

export const goldenEncoderParameters = () =>
  goldenParameters(encoderParameterShapes(goldenEncoder), { pos_embed: positionTable(goldenEncoder) });

export const goldenPredictorParameters = () =>
  goldenParameters(predictorParameterShapes(goldenPredictor), { predictor_pos_embed: positionTable(goldenPredictor) });
