import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isHuggingFaceFolder } from '@vjepa/checkpoints';
import { checkpointPath, InputError, listCheckpoints } from '@vjepa/training';

/** What the reference calls a run's newest model. */
const LATEST = '-latest.pth.tar';

/**
 * The file of a model that a path names: itself, a Hugging Face folder, or in a run's folder its newest checkpoint.
 *
 * @throws InputError when it is a folder without one
 */
export function encoderFile(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true || isHuggingFaceFolder(path)) return path;
  const checkpoints = join(path, 'checkpoints');
  const [step] = listCheckpoints(checkpoints);
  if (step !== undefined) return checkpointPath(checkpoints, step);
  const latest = readdirSync(path).filter((name) => name.endsWith(LATEST));
  if (latest.length === 1) return join(path, latest[0]!);
  throw new InputError({
    subject: path,
    problem: latest.length === 0 ? 'there is no checkpoint in this folder' : `holds ${latest.sort().join(', ')}`,
    remedy: 'name a file',
    code: 'no-checkpoint',
  });
}
