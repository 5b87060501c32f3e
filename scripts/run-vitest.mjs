import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnPortable } from './portable.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs vitest in the repository's root, with its output shown.
 *
 * @returns its exit code, and its report; undefined where it wrote none
 */
export function runVitest(args = [], env = process.env) {
  const scratch = mkdtempSync(join(tmpdir(), 'vjepa-vitest-'));
  try {
    const report = join(scratch, 'vitest.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { status } = spawnPortable(join(root, 'node_modules/.bin/vitest'), ['run', ...args, ...reporters], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env,
    });
    return { status, report: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The same, as a script whose last line is `N passed, N failed`. */
export function runVitestAlone(args, env) {
  const { status, report } = runVitest(args, env);
  if (report === undefined) {
    process.exitCode = status || 1;
    return;
  }
  const { numPassedTests, numFailedTests } = report;
  console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
  process.exitCode = numFailedTests > 0 || numPassedTests === 0 ? 1 : 0;
}
