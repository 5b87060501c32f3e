import { type PretrainingPlan, planPretraining } from '@vjepa/training';
import type { PretrainingConfig } from './pretraining-config.js';
import { pretrainingSettings } from './pretraining-settings.js';

/**
 * What a pretraining config describes, ready to run.
 *
 * @throws InputError or MaskSettingsError when nothing can be trained so
 */
export function planOf(config: PretrainingConfig): PretrainingPlan {
  return planPretraining(pretrainingSettings(config));
}
