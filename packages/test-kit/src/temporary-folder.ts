import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder; the test run removes it when it ends. */
export function temporaryFolder(name = 'test'): string {
  return mkdtempSync(join(tmpdir(), `vjepa-${name}-`));
}
