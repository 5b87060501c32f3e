import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { openCheckpoint, openSafetensors, type SafetensorsFile, writeSafetensors } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { InputError, reasonOf } from '../input-error.js';
import { sentence } from '../sentence.js';
import { FOLDER, OVERWRITE } from './run-options.js';

/** A resumable moment of a run: the whole training state after `step` updates. */
export interface Checkpoint {
  step: number;
  state: Record<string, HostTensor>;
  /** Whatever the run needs to go on besides tensors; must survive JSON. */
  run: Record<string, unknown>;
}

/** Which checkpoints are kept. */
export interface RetentionPolicy {
  /** Newest checkpoints kept. */
  keep: number;
  /** Checkpoints at multiples of this many steps are kept for good. */
  keepEvery: number | null;
}

const FORMAT = 'vjepa-pretraining-1';
const PATTERN = /^step-(\d+)\.safetensors$/;

/** Where the checkpoint of a step lies. */
export function checkpointPath(folder: string, step: number): string {
  return join(folder, `step-${String(step).padStart(8, '0')}.safetensors`);
}

/**
 * Writes a checkpoint, one safetensors file with the run's own record in its metadata, every byte of it under a
 * checksum. The file appears under its name only when it is whole and on disk, so a crash at any moment leaves the ones
 * before it intact.
 */
export async function saveCheckpoint(folder: string, { step, state, run }: Checkpoint): Promise<string> {
  const path = checkpointPath(folder, step);
  await writeSafetensors(path, state, { format: FORMAT, step: String(step), run: JSON.stringify(run) });
  return path;
}

/** Steps of the checkpoints in a folder, newest first. */
export function listCheckpoints(folder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => PATTERN.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

/**
 * The newest checkpoint that is whole. A damaged one is passed over for the one before it, with a warning.
 *
 * @throws InputError when there is none to load.
 */
export async function loadNewestCheckpoint(folder: string, warn: (line: string) => void): Promise<Checkpoint> {
  const steps = listCheckpoints(folder);
  if (steps.length === 0) {
    throw new InputError({
      subject: folder,
      problem: 'there is no checkpoint to resume from',
      remedy: sentence`Start the run again with ${OVERWRITE}, or name another with ${FOLDER}`,
      code: 'no-checkpoint',
    });
  }
  for (const step of steps) {
    try {
      return await loadCheckpoint(checkpointPath(folder, step));
    } catch (error) {
      warn(`warning: ${reasonOf(error)}; trying the checkpoint before it`);
    }
  }
  const problem = `none of the ${steps.length} checkpoints can be read`;
  throw new InputError({ subject: folder, problem, remedy: 'see the warnings above', code: 'no-checkpoint' });
}

/** Whether a model file of any kind is a checkpoint of a run. */
export async function isRunCheckpoint(path: string): Promise<boolean> {
  const { metadata, close } = await openCheckpoint(path);
  await close();
  return metadata.format === FORMAT;
}

/** What the run wrote beside the tensors of a checkpoint of its own; undefined for other files. */
export function checkpointRecord(
  path: string,
  metadata: Readonly<Record<string, string>>,
): Record<string, unknown> | undefined {
  if (metadata.format !== FORMAT) return undefined;
  try {
    return JSON.parse(metadata.run ?? '{}') as Record<string, unknown>;
  } catch (error) {
    const problem = "the checkpoint is damaged: its run's record is not JSON";
    throw new InputError({ subject: path, problem, cause: error });
  }
}

/**
 * Reads one checkpoint.
 *
 * @throws InputError when the file is missing, truncated, altered, or not a pretraining checkpoint.
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  let file: SafetensorsFile;
  try {
    file = await openSafetensors(path);
  } catch (error) {
    throw new InputError({ problem: sentence`the checkpoint cannot be read: ${reasonOf(error)}`, cause: error });
  }
  try {
    const { metadata } = file;
    if (metadata.format !== FORMAT) {
      const found = `format ${JSON.stringify(metadata.format)}, expected ${FORMAT}`;
      throw new InputError({ subject: path, problem: `not a pretraining checkpoint of vjepa (${found})` });
    }
    const state = await readState(file);
    // Earlier versions kept one checksum of their own, which does not cover the header.
    if (!file.checksums && tensorChecksum(state) !== metadata.checksum) {
      const problem = 'the checkpoint is damaged: its checksum does not match its content';
      throw new InputError({ subject: path, problem });
    }
    return { step: Number(metadata.step), state, run: JSON.parse(metadata.run ?? '{}') as Record<string, unknown> };
  } finally {
    await file.close();
  }
}

async function readState(file: SafetensorsFile): Promise<Checkpoint['state']> {
  const tensors: [string, HostTensor][] = [];
  try {
    for (const [name, tensor] of file.tensors) {
      tensors.push([name, { shape: [...tensor.shape], data: (await tensor.read()) as HostTensor['data'] }]);
    }
  } catch (error) {
    throw new InputError({ problem: sentence`the checkpoint cannot be read: ${reasonOf(error)}`, cause: error });
  }
  return Object.fromEntries(tensors);
}

/** Removes checkpoints that the policy does not keep; returns their file names. */
export function removeOldCheckpoints(folder: string, { keep, keepEvery }: RetentionPolicy): string[] {
  const removed = listCheckpoints(folder)
    .slice(keep)
    .filter((step) => keepEvery === null || step % keepEvery !== 0)
    .map((step) => checkpointPath(folder, step));
  for (const path of removed) rmSync(path, { force: true });
  return removed.map((path) => basename(path));
}

/** Removes what a killed process left of checkpoints it was writing. Nobody else may be writing into the folder. */
export function removePartialCheckpoints(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\.step-\d+\.safetensors\..*\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

/** CRC-32 over all tensors' bytes, by name. */
export function tensorChecksum(state: Readonly<Record<string, HostTensor>>): string {
  let value = 0;
  for (const name of Object.keys(state).sort()) {
    const { data } = state[name]!;
    value = crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc32(name, value));
  }
  return value.toString(16).padStart(8, '0');
}
