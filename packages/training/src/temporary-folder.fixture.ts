import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder that the operating system removes some day. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `vjepa-${name}-`));
}
