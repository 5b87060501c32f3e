import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTensorFlow } from '@vjepa/tensorflow';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** The packages that are loaded before a command is known, each with a file that imports it. */
function loadedAtStart(file = join(folder, 'cli.ts'), seen = new Set<string>(), found = new Map<string, string>()) {
  if (seen.has(file)) return found;
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(?:([^;]*?) from )?'([^']+)';/gms);
  for (const [, names = '', from] of imports) {
    if (/^\{\s*(type [^,}]+,?\s*)+\}$/.test(names)) continue;
    if (from!.startsWith('.')) loadedAtStart(join(dirname(file), from!.replace(/\.js$/, '.ts')), seen, found);
    else if (!from!.startsWith('node:')) found.set(from!, relative(folder, file));
  }
  return found;
}

// `vjepa --help` took 0.6 s of a core with the packages of models and configs in it, and takes 0.15 s without.
it('a command line that only asks for help loads the parser and nothing that computes', () => {
  const found = loadedAtStart();
  expect([...found.keys()].sort(), `${[...found].join('\n')}`).toEqual([
    '@vjepa/training/printable',
    'commander',
    'yaml',
  ]);
});

it.runIf(await findTensorFlow())(
  'nothing but our own lines is said, TensorFlow’s log neither',
  { timeout: 60_000 },
  () => {
    const cli = join(folder, '../dist/cli.js');
    const args = [cli, 'parity', join(folder, '../../../fixtures/pretrain-small'), '--backend', 'tensorflow'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^engine: TensorFlow \S+ on .*\n$/);
  },
);
