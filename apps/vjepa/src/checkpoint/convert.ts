import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  CheckpointError,
  convertCheckpoint,
  readStateDict,
  type StateDict,
  type StoredTensor,
  toHuggingFace,
  writeSafetensors,
  writeTorchCheckpoint,
} from '@vjepa/checkpoints';
import { isRunCheckpoint, requireWritable } from '@vjepa/training';
import { CommandError } from '../command-error.js';
import { convertRunCheckpoint } from './convert-run-checkpoint.js';
import { modelFile } from './pretrained-model.js';

export interface ConvertCommandOptions {
  key?: string;
  names?: 'original' | 'hugging-face';
  overwrite?: boolean;
  json?: boolean;
}

/** Rewrites a checkpoint, or a run's newest, in the format of the destination's name and says what was written. */
export async function convert(path: string, destination: string, options: ConvertCommandOptions): Promise<void> {
  const { key, names } = options;
  const source = modelFile(path);
  if (resolve(source) === resolve(destination)) {
    throw new CommandError(`${source}: source and destination are one file`);
  }
  if (!options.overwrite && (await sizeOf(destination)) !== undefined) {
    throw new CommandError(`${destination}: there is a file already; name another or give --overwrite`);
  }
  requireWritable(destination, 'name another destination');
  if (names !== undefined && key !== undefined) throw new CommandError('--names renames whole files; leave out --key');
  if (names !== undefined) await rename(source, destination, names);
  else if (key !== undefined) await convertCheckpoint(source, destination, { key });
  else if (/\.(pth\.tar|pth|pt)$/.test(destination) && (await isRunCheckpoint(source))) {
    await convertRunCheckpoint(source, destination);
  } else await convertCheckpoint(source, destination);
  const bytes = await sizeOf(destination);
  const text = options.json ? JSON.stringify({ source, destination, bytes }) : `${destination}: ${bytes} bytes`;
  process.stdout.write(`${text}\n`);
}

/** V-JEPA 2's models of a file under other names: those of Hugging Face, or the original ones by model. */
async function rename(source: string, destination: string, names: 'original' | 'hugging-face'): Promise<void> {
  const models = await openModels(source);
  try {
    if (names === 'hugging-face') {
      if (!destination.endsWith('.safetensors')) {
        throw new CommandError(`${destination}: Hugging Face's names go into a .safetensors file`);
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

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
