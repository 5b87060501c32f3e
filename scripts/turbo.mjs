// Runs turbo, which looks for pnpm on the PATH, with the pnpm that package.json pins: `node scripts/turbo.mjs run build`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnPortable } from './portable.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const args = ['--yes', packageManager, 'exec', 'turbo', ...process.argv.slice(2)];
const { status, error } = spawnPortable('npx', args, {
  cwd: root,
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  stdio: 'inherit',
});
if (error) console.error(`turbo cannot be started: ${error.message}`);
process.exitCode = status ?? 1;
