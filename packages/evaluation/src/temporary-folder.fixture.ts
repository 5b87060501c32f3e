import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A new folder that the operating system removes some day. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `vjepa-${name}-`));
}

/** A file of the repository's fixtures. */
export function fixture(path: string): string {
  return fileURLToPath(new URL(`../../../fixtures/${path}`, import.meta.url));
}
