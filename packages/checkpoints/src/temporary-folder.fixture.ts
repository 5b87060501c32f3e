import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { onTestFinished } from 'vitest';

/** A path in a folder that is removed when the test ends. */
export function temporaryPath(name: string): string {
  const folder = temporaryFolder('checkpoints');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
