import { CheckpointError } from './checkpoint-error.js';
import { withSource } from './checkpoint-file.js';

/** Indices of the largest models have a few megabytes. */
const MAX_BYTES = 64e6;

/** @throws CheckpointError when the file cannot be read or is no JSON object */
export async function readJsonObject(path: string): Promise<Record<string, unknown>> {
  const damaged = (problem: string, cause?: unknown) =>
    new CheckpointError(path, problem, 'the file is damaged: download it again', { cause });
  return withSource(path, async (source) => {
    if (source.size > MAX_BYTES) throw damaged(`has ${source.size} bytes; expected at most ${MAX_BYTES}`);
    const text = new TextDecoder().decode(await source.read(0, source.size));
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw damaged(`is no JSON (${(error as Error).message})`, error);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('is no JSON object');
    await source.close();
    return value as Record<string, unknown>;
  });
}
