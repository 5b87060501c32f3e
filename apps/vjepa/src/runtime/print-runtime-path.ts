import { findTensorFlow } from '@vjepa/tensorflow';
import { CommandError } from '../command-error.js';

/**
 * Prints the path of the TensorFlow library that would be used.
 *
 * @throws CommandError when there is none.
 */
export async function printRuntimePath({ json = false }: { json?: boolean }): Promise<void> {
  const location = await findTensorFlow();
  if (!location) throw new CommandError('no TensorFlow library was found; fetch one with vjepa runtime install');
  process.stdout.write(`${json ? JSON.stringify(location) : location.libraryPath}\n`);
}
