import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const NAME = /^vjepa-tests-(\d+)$/;

/**
 * Gives a test run one folder for everything temporary and removes it when the run ends; a run that was killed is
 * cleaned up after by the next one. Projects of one run share the folder.
 */
export function useTemporaryFolder(): void {
  const parent = tmpdir();
  if (NAME.test(basename(parent))) return;
  for (const name of readdirSync(parent)) {
    const owner = NAME.exec(name)?.[1];
    if (owner && !isRunning(Number(owner))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, `vjepa-tests-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  for (const variable of ['TMPDIR', 'TEMP', 'TMP']) process.env[variable] = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
