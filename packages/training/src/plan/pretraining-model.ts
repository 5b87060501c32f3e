import { pixelPredictorConfig } from '@vjepa/jepa';
import {
  type ClipEncoder,
  type ClipPredictor,
  clipEncoderConfig,
  isVjepa2,
  predictorConfig,
  type Vjepa2EncoderConfig,
  type Vjepa2PredictorConfig,
  vjepa2PredictorConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { InputError, reasonOf } from '../input-error.js';
import { unfitSetting } from '../require-setting.js';
import { option, sentence } from '../sentence.js';
import type { FilledInSettings, PredictorSettings } from './pretraining-settings.js';

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
  const { levels, numMaskTokens, ...sizes } = settings.predictor;
  const groups = 1 + settings.otherClips.length;
  try {
    const encoder = clipEncoderConfig(settings.model, { numFrames: 16, ...settings.encoder });
    const hasTargetEncoder = settings.objective.targets !== 'pixels';
    if (isVjepa2(encoder)) {
      const { teacher } = settings;
      const given = { ...sizes, numMaskTokens: numMaskTokens ?? masks * groups, levels };
      const predictor = vjepa2Predictor(encoder, given, teacher);
      return { encoder, predictor, hasTargetEncoder, ...(teacher && { teacher }) };
    }
    if (numMaskTokens !== undefined && numMaskTokens !== masks) {
      throw unfitSetting('predictor.numMaskTokens', `${masks}, one for each mask, or nothing`, numMaskTokens);
    }
    const configOf = hasTargetEncoder ? predictorConfig : pixelPredictorConfig;
    const predictor = configOf(encoder, { ...sizes, numMaskTokens: masks });
    return { encoder, predictor, hasTargetEncoder };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const problem = sentence`${option('model')} cannot be built: ${reasonOf(error)}`;
    throw new InputError({ problem, code: 'model', cause: error });
  }
}

/** Levels are V-JEPA 2.1's; of a teacher the last is predicted. */
function vjepa2Predictor(
  encoder: Vjepa2EncoderConfig,
  { levels, ...sizes }: PredictorSettings,
  teacher: Vjepa2EncoderConfig | undefined,
): Vjepa2PredictorConfig {
  const teacherDim = teacher?.embedDim;
  return encoder.version === '2.1'
    ? vjepa21PredictorConfig(encoder, { ...sizes, levels, teacherDim })
    : vjepa2PredictorConfig(encoder, { ...sizes, outputDim: teacherDim });
}
