import { sharedPool } from '../threads/shared-pools.js';
import { absoluteSource } from './source-location.js';

/**
 * Copies a source to a file: a program that reads the copy meets no answers of servers that are cut short. The file
 * appears under its name only when it is whole.
 *
 * @param options.timeoutMs default 600,000
 * @throws VideoError what reading the source throws, or writing the file
 */
export async function copySource(source: string, file: string, options: { timeoutMs?: number } = {}): Promise<void> {
  const path = absoluteSource(source);
  const { timeoutMs = 600_000 } = options;
  await sharedPool('wasm').call({ kind: 'copy', path, output: file, timeoutMs }, path);
}
