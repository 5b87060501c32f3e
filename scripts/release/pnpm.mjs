import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnPortable } from '../portable.mjs';
import { publishedInOrder, root } from './workspace.mjs';

/** What the pinned pnpm prints when it does something with every published package. */
export function pnpmOfPublished(...args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const filters = publishedInOrder().map(({ manifest }) => `--filter=${manifest.name}`);
  const { status, stdout, stderr } = spawnPortable('npx', ['--yes', packageManager, ...filters, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`pnpm ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}
