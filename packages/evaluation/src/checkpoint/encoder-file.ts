import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isHuggingFaceFolder } from '@vjepa/checkpoints';
import { checkpointPath, InputError, listCheckpoints } from '@vjepa/training';

/** What the reference calls a run's newest model. */
const LATEST = '-latest.pth.tar';

/**
 * The file of a model that a path names: itself, a Hugging Face folder, or in a run's folder its newest checkpoint. Weights
 * that lie beside Hugging Face's `config.json` are the folder's.
 *
 * @throws InputError when it is a folder without one
 */
export function encoderFile(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return folderOfWeights(path) ?? path;
  if (isHuggingFaceFolder(path)) return path;
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

/** The Hugging Face folder whose weights a file is, where its config lies beside it. */
function folderOfWeights(path: string): string | undefined {
  const folder = dirname(path);
  return basename(path) === 'model.safetensors' && existsSync(join(folder, 'config.json')) ? folder : undefined;
}
