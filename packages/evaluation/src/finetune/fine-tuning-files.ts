import { join } from 'node:path';
import { writeTorchCheckpoint } from '@vjepa/checkpoints';
import type { FloatTensor } from '@vjepa/engine';
import type { FineTuningPlan } from './fine-tuning-plan.js';
import type { FineTuningRunner } from './fine-tuning-runner.js';

/** The files of a fine-tuning, besides those that every folder of results has. */
export interface FineTuningFiles {
  /** A row an epoch. */
  csv: string;
  /** Encoder, classifier and optimiser, to go on with. */
  state: string;
  /** Encoder and classifier, trained. */
  model: string;
}

export function fineTuningFiles(folder: string, tag: string): FineTuningFiles {
  return {
    csv: join(folder, `${tag}_r0.csv`),
    state: join(folder, 'training-state.safetensors'),
    model: join(folder, `${tag}-latest.pth.tar`),
  };
}

/** Writes encoder and classifier as the reference keeps them, so that features and evaluations can go on with them. */
export async function saveFineTuned(
  path: string,
  runner: Pick<FineTuningRunner, 'encoder' | 'head'>,
  { training }: FineTuningPlan,
): Promise<void> {
  const [encoder, classifier] = [await runner.encoder(), await runner.head()];
  const prefixed = (prefix: string, parameters: Record<string, FloatTensor>) =>
    new Map(Object.entries(parameters).map(([name, tensor]) => [prefix + name, tensor]));
  await writeTorchCheckpoint(path, {
    encoder: prefixed('module.backbone.', encoder),
    classifier: prefixed('module.', classifier),
    epoch: training.epochs,
    batch_size: training.batchSize,
    world_size: 1,
    lr: training.learningRate,
  });
}
