import { CheckpointError } from './checkpoint-error.js';
import { toHuggingFace } from './hugging-face.js';
import { readStateDict, type StateDict } from './read-state-dict.js';
import type { StoredTensor } from './stored-tensor.js';
import { writeSafetensors } from './write-safetensors.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

/** Whose names the models of V-JEPA 2 have: the original's, by model, or those of Hugging Face's transformers. */
export type ModelNames = 'original' | 'hugging-face';

/**
 * Writes V-JEPA 2's models of a file under other names, values bit for bit what they are: the target encoder, else the
 * encoder, and predictor and probe where there are any.
 *
 * @throws CheckpointError when there is no such model in the source, or the destination cannot be written
 */
export async function convertNames(source: string, destination: string, names: ModelNames): Promise<void> {
  const models = await openModels(source);
  try {
    if (names === 'hugging-face') {
      if (!destination.endsWith('.safetensors')) {
        const problem = "Hugging Face's names go into a .safetensors file";
        throw new CheckpointError(destination, problem, 'name the destination so');
      }
      const all = new Map(models.flatMap(({ tensors }) => [...tensors]));
      const prefixed = models.some(({ key }) => key === 'classifier');
      await writeSafetensors(destination, toHuggingFace(source, all, { prefixed }), { format: 'pt' });
      return;
    }
    if (destination.endsWith('.safetensors')) {
      const all = models.flatMap(({ key, tensors }) =>
        [...tensors].map(([name, tensor]): [string, StoredTensor] => [`${key}.${name}`, tensor]),
      );
      await writeSafetensors(destination, new Map(all), { format: 'pt' });
    } else {
      await writeTorchCheckpoint(destination, new Map(models.map(({ key, tensors }) => [key!, new Map(tensors)])));
    }
  } finally {
    for (const model of models) await model.close();
  }
}

/** The target encoder, else the encoder, and what else there is of predictor and probe. */
async function openModels(source: string): Promise<StateDict[]> {
  const models = [await readStateDict(source)];
  for (const key of ['predictor', 'classifier']) {
    try {
      models.push(await readStateDict(source, key));
    } catch (error) {
      if (!(error instanceof CheckpointError) || !error.problem.startsWith(`has no '${key}'`)) throw error;
    }
  }
  return models.map((model) => ({ ...model, key: model.key ?? 'encoder' }));
}
