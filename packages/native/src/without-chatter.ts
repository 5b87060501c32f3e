import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Koffi from 'koffi';

/** What absl says before TensorFlow reads its log level: the notice that it has not, and lines of information. */
const CHATTER = /^(WARNING: All log messages before absl::InitializeLog\(\) is called|[IW]\d{4} \d\d:\d\d)/;

/**
 * Does what loads a library that talks while it is loaded, when no setting of its own is read yet: for so long standard
 * error goes into a file, and what in it is no chatter is written after all.
 */
export function withoutChatter<Result>(koffi: typeof Koffi, load: () => Result): Result {
  const c = koffi.load(null);
  const dup = c.func('dup', 'int', ['int']) as unknown as (file: number) => number;
  const dup2 = c.func('dup2', 'int', ['int', 'int']) as unknown as (from: number, to: number) => number;
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'vjepa-loading-'));
  } catch {
    return load(); // nowhere to write: better chatter than nothing
  }
  const path = join(folder, 'stderr');
  const file = openSync(path, 'w+');
  const stderr = dup(2);
  dup2(file, 2);
  try {
    return load();
  } finally {
    dup2(stderr, 2);
    closeSync(file);
    const said = readFileSync(path, 'utf8').split('\n');
    rmSync(folder, { recursive: true, force: true });
    (c.func('close', 'int', ['int']) as unknown as (file: number) => number)(stderr);
    const rest = said.filter((line) => line !== '' && !CHATTER.test(line));
    if (rest.length > 0) process.stderr.write(`${rest.join('\n')}\n`);
  }
}
