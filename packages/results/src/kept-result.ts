import { join } from 'node:path';
import { InputError, leafDifferences, makeFolder, writeFileAtomically } from '@vjepa/training';
import { keptJson } from './kept-json.js';

/** A piece of work with a folder of its own: what it was asked for, and what came of it. */
export interface KeptResult<Result> {
  folder: string;
  /** undefined: it was not done, or not to its end. */
  read(): Result | undefined;
  /** Makes the folder, and writes down what is asked for. */
  begin(): void;
  finish(result: Result): void;
}

/** What decides no number: how fast videos are read, and how often a run says something. */
const MAY_CHANGE: ReadonlySet<string> = new Set(
  ['clips.workers', 'clips.decoder', 'clips.timeLimitMs', 'progressEvery'].map((name) => `pretraining.${name}`),
);

/**
 * A result that is on disk from the moment it is whole, so that it is not worked out again.
 *
 * @param settings all that decides it
 * @throws InputError naming every difference when the folder holds what was asked for otherwise
 */
export function keptResult<Result>(folder: string, settings: object): KeptResult<Result> {
  const [config, result] = [join(folder, 'config.json'), join(folder, 'result.json')];
  const found = keptJson<object>(config);
  if (found !== undefined) {
    requireSameSettings(folder, { found, settings }, 'Set them back, or choose another folder');
  }
  return {
    folder,
    read: () => keptJson<Result>(result),
    begin() {
      makeFolder(folder);
      writeFileAtomically(config, json(settings));
    },
    finish: (found) => writeFileAtomically(result, json(found)),
  };
}

/**
 * @param subject where what was found is from
 * @throws InputError naming every difference between what was found there and what is asked for
 */
export function requireSameSettings(
  subject: string,
  { found, settings }: { found: object; settings: object },
  remedy: string,
): void {
  const differences = leafDifferences(found, JSON.parse(JSON.stringify(settings)), MAY_CHANGE);
  if (differences.length === 0) return;
  const problem = `was begun with other settings:${differences.map((line) => `\n  ${line}`).join('')}`;
  throw new InputError({ subject, problem, remedy, code: 'other-settings' });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
