import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { convertCheckpoint, type ModelNames } from '@vjepa/checkpoints';
import { isRunCheckpoint, requireWritable } from '@vjepa/training';
import { CommandError } from '../command-error.js';
import { convertRunCheckpoint } from './convert-run-checkpoint.js';
import { modelFile } from './pretrained-model.js';

export interface ConvertCommandOptions {
  key?: string;
  names?: ModelNames;
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
  const asWhole = key === undefined && names === undefined;
  if (asWhole && /\.(pth\.tar|pth|pt)$/.test(destination) && (await isRunCheckpoint(source))) {
    await convertRunCheckpoint(source, destination);
  } else {
    await convertCheckpoint(source, destination, { key, names });
  }
  const bytes = await sizeOf(destination);
  const text = options.json ? JSON.stringify({ source, destination, bytes }) : `${destination}: ${bytes} bytes`;
  process.stdout.write(`${text}\n`);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
