import {
  compareShapes,
  openSafetensors,
  readSafetensors,
  requireSameShapes,
  writeSafetensors,
} from '@vjepa/checkpoints';
import type { FloatTensor } from '@vjepa/engine';
import { InputError, reasonOf, unfitSetting } from '@vjepa/training';
import { requireFinite } from './require-finite.js';

/** Something that was trained on frozen features: a decoder, a dense probe. */
export interface Trained<Config, Origin> {
  config: Config;
  parameters: Record<string, FloatTensor>;
  /** What it was trained on. */
  training: Origin;
}

/** One kind of files of such things. */
export interface TrainedFileKind<Config> {
  /** What tells them from others of safetensors. */
  format: string;
  /** What is in them, for messages: `a decoder`. */
  name: string;
  /** What is said of another file: `is no decoder of features`. */
  isNone: string;
  /** What helps where it is not one. */
  remedy: string;
  /** Of the errors. */
  code?: string | undefined;
  /** The configuration as it was written, checked, and the shapes of its parameters by name. */
  shapesOf(told: Config): { config: Config; shapes: ReadonlyMap<string, readonly number[]> };
}

/** Writes parameters with their configuration and what they were trained on. */
export async function writeTrained<Config, Origin>(
  path: string,
  { format }: Pick<TrainedFileKind<Config>, 'format'>,
  { config, parameters, training }: Trained<Config, Origin>,
): Promise<void> {
  const metadata = { format, config: JSON.stringify(config), training: JSON.stringify(training) };
  await writeSafetensors(path, parameters, metadata);
}

/**
 * Reads what `writeTrained` has written.
 *
 * @throws InputError when the file holds something else, or lists every missing, unexpected and mis-shaped name;
 *   CheckpointError when it cannot be read
 */
export async function readTrained<Config, Origin>(
  path: string,
  { format, name, isNone, remedy, code, shapesOf }: TrainedFileKind<Config>,
): Promise<Trained<Config, Origin>> {
  if (typeof path !== 'string') throw unfitSetting('path', `the file of ${name}`, path);
  const ofKind = code === undefined ? {} : { code };
  const file = await openSafetensors(path).catch((cause: unknown) => {
    throw new InputError({ problem: reasonOf(cause), remedy, ...ofKind, cause });
  });
  try {
    const { format: found, config: told, training } = file.metadata;
    if (found !== format || told === undefined || training === undefined) {
      throw new InputError({ subject: path, problem: isNone, remedy, ...ofKind });
    }
    const { config, shapes } = shapesOf(JSON.parse(told) as Config);
    requireSameShapes(path, compareShapes(shapes, file.tensors));
    const parameters = (await readSafetensors(path)) as Record<string, FloatTensor>;
    requireFinite(path, parameters);
    return { config, parameters, training: JSON.parse(training) as Origin };
  } finally {
    await file.close();
  }
}
