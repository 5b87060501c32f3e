import { CheckpointError, openSafetensors, type SafetensorsFile } from '@vjepa/checkpoints';

/**
 * Opens a file of kept features, whose every byte is under a checksum.
 *
 * @throws CheckpointError where it is not what was written (see `isDamage`), or cannot be read
 */
export async function openFeatureFile(path: string): Promise<SafetensorsFile> {
  const file = await openSafetensors(path);
  if (file.checksums) return file;
  await file.close();
  throw damaged(path, 'it has no checksums');
}

/** A tensor of a feature file, of as many values as expected. @throws CheckpointError as `openFeatureFile` does */
export async function readFeatures({ path, tensors }: SafetensorsFile, name: string, length: number) {
  const values = await tensors.get(name)?.readFloat32();
  if (values?.length === length) return values;
  throw damaged(path, `tensor '${name}' has ${values?.length ?? 'no'} values, not ${length}`);
}

export function damaged(path: string, what: string): CheckpointError {
  return new CheckpointError(path, `is damaged: ${what}`, 'remove it: it is computed again');
}

/** Whether a file is not what was written, rather than out of reach of the system. */
export function isDamage(error: unknown): error is CheckpointError {
  if (!(error instanceof CheckpointError)) return false;
  const { cause } = error;
  return !(cause instanceof Error && 'syscall' in cause);
}

/** What is wrong with a damaged file, and that it is made again. */
export function describeDamage({ path, problem }: CheckpointError): string {
  return `${path} ${problem}; it is computed again`;
}
