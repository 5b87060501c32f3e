import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { convertCheckpoint } from '@vjepa/checkpoints';
import { CommandError } from '../command-error.js';

export interface ConvertCommandOptions {
  key?: string;
  overwrite?: boolean;
  json?: boolean;
}

/** Rewrites a checkpoint in the format of the destination's name and says what was written. */
export async function convert(source: string, destination: string, options: ConvertCommandOptions): Promise<void> {
  if (resolve(source) === resolve(destination))
    throw new CommandError(`${source}: source and destination are one file`);
  if (!options.overwrite && (await sizeOf(destination)) !== undefined) {
    throw new CommandError(`${destination}: there is a file already; name another or give --overwrite`);
  }
  await mkdir(dirname(destination), { recursive: true });
  await convertCheckpoint(source, destination, options.key === undefined ? {} : { key: options.key });
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
