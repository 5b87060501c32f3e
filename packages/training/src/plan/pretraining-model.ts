import { pixelPredictorConfig } from '@vjepa/jepa';
import {
  type ClipEncoder,
  type ClipPredictor,
  clipEncoderConfig,
  clipPredictorConfig,
  isVjepa2,
  predictorConfig,
  type Vjepa2EncoderConfig,
} from '@vjepa/vit';
import { InputError, reasonOf } from '../input-error.js';
import { unfitSetting } from '../require-setting.js';
import { option, sentence } from '../sentence.js';
import type { FilledInSettings } from './pretraining-settings.js';

/** The two networks that pretraining trains. */
export interface PretrainingModel {
  encoder: ClipEncoder;
  predictor: ClipPredictor;
  /** Whether a moving average of the encoder makes the targets: not where these are pixels. */
  hasTargetEncoder: boolean;
  /** The frozen encoder whose features are predicted in place of that average's. */
  teacher?: Vjepa2EncoderConfig | undefined;
}

/**
 * The encoder and predictor that settings describe; the predictor has a mask token for each mask, or of V-JEPA 2 as many as
 * the settings say.
 *
 * @throws InputError when sizes contradict each other, such as a width that the heads do not divide
 */
export function pretrainingModel(
  settings: Pick<
    FilledInSettings,
    'model' | 'encoder' | 'predictor' | 'masks' | 'objective' | 'otherClips' | 'teacher'
  >,
): PretrainingModel {
  const { length: masks } = settings.masks.masks;
  const { levels, numMaskTokens: given, ...sizes } = settings.predictor;
  try {
    const encoder = clipEncoderConfig(settings.model, { numFrames: 16, ...settings.encoder });
    const hasTargetEncoder = settings.objective.targets !== 'pixels';
    if (isVjepa2(encoder)) {
      const { teacher } = settings;
      const numMaskTokens = given ?? masks * (1 + settings.otherClips.length);
      const predictor = clipPredictorConfig(encoder, {
        ...sizes,
        numMaskTokens,
        levels,
        teacherDim: teacher?.embedDim,
      });
      return { encoder, predictor, hasTargetEncoder, ...(teacher && { teacher }) };
    }
    if (given !== undefined && given !== masks) {
      throw unfitSetting('predictor.numMaskTokens', `${masks}, one for each mask, or nothing`, given);
    }
    const configOf = hasTargetEncoder ? predictorConfig : pixelPredictorConfig;
    return { encoder, predictor: configOf(encoder, { ...sizes, numMaskTokens: masks }), hasTargetEncoder };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const problem = sentence`${option('model')} cannot be built: ${reasonOf(error)}`;
    throw new InputError({ problem, code: 'model', cause: error });
  }
}
