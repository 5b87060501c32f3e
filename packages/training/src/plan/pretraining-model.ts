import { pixelPredictorConfig } from '@vjepa/jepa';
import { type EncoderConfig, encoderConfig, type PredictorConfig, predictorConfig, splitEncoderName } from '@vjepa/vit';
import { InputError, reasonOf } from '../input-error.js';
import { option, sentence } from '../sentence.js';
import type { FilledInSettings } from './pretraining-settings.js';

/** The two networks that pretraining trains. */
export interface PretrainingModel {
  encoder: EncoderConfig;
  predictor: PredictorConfig;
  /** Whether a moving average of the encoder makes the targets: not where these are pixels. */
  hasTargetEncoder: boolean;
}

/**
 * The encoder and predictor that settings describe; the predictor has a mask token for each mask.
 *
 * @throws InputError when sizes contradict each other, such as a width that the heads do not divide
 */
export function pretrainingModel(
  settings: Pick<FilledInSettings, 'model' | 'encoder' | 'predictor' | 'masks' | 'objective'>,
): PretrainingModel {
  const { version } = splitEncoderName(settings.model);
  if (version !== '1') {
    const problem = `is an encoder of V-JEPA ${version}, which is not trained here`;
    throw new InputError({ subject: option('model'), problem, remedy: 'name one of V-JEPA', code: 'model' });
  }
  try {
    const encoder = encoderConfig(settings.model, settings.encoder);
    const hasTargetEncoder = settings.objective.targets !== 'pixels';
    const configOf = hasTargetEncoder ? predictorConfig : pixelPredictorConfig;
    const predictor = configOf(encoder, { ...settings.predictor, numMaskTokens: settings.masks.masks.length });
    return { encoder, predictor, hasTargetEncoder };
  } catch (error) {
    const problem = sentence`${option('model')} cannot be built: ${reasonOf(error)}`;
    throw new InputError({ problem, code: 'model', cause: error });
  }
}
