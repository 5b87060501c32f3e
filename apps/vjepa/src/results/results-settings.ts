import type { ResultsSettings } from '@vjepa/evaluation';
import { checked } from '../config/load-config.js';
import { type PretrainingConfig, pretrainingConfig } from '../config/pretraining-config.js';
import { demoConfigTree } from '../demo/demo-config.js';

/** The demo's small V-JEPA: 8 frames of 32 x 32, patches of 8, tubelets of 2 (64 tokens); trained for longer. */
export function resultsPretraining(
  settings: ResultsSettings,
  index: string,
  run: string,
  seed: number,
): PretrainingConfig {
  const epochs = 10;
  const ipe = Math.max(1, Math.round(settings.pretrainSteps / epochs));
  const logging = { console_every: 100, tensorboard: false, statistics: false, images_every: null };
  const tree = {
    ...demoConfigTree,
    data: { ...demoConfigTree.data, datasets: [index] },
    logging: { ...demoConfigTree.logging, ...logging, folder: run },
    checkpoints: { reference: true, every: Math.max(1, Math.round(settings.pretrainSteps / 4)) },
    meta: { ...demoConfigTree.meta, seed },
    optimization: { ...demoConfigTree.optimization, ipe, epochs },
  };
  return checked(pretrainingConfig, 'results', tree).config;
}
