import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../command-line.js';
import { runVjepa } from '../run-vjepa.fixture.js';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const PASSED_OVER = new Set(['node_modules', 'dist', '.git', '.turbo', 'fixtures', 'runs']);

/** Values of --set that a shell would read for itself: zsh refuses a bracket that matches no file. */
function unquoted(text: string): string[] {
  // What a template fills in is a name.
  const plain = text.replaceAll(/\$\{[^}]*\}/g, 'X');
  return [...plain.matchAll(/--set[ =]+([^\s'"`][^\s`'"]*)/g)]
    .map(([, value]) => value!)
    .filter((value) => /[[{*?~]/.test(value));
}

function* textFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!PASSED_OVER.has(entry.name)) yield* textFiles(path);
    } else if (/\.(md|ya?ml|ts|tsx|mjs|js|json)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name)) yield path;
  }
}

describe('a list on a command line is quoted', () => {
  it('as this test finds it', () => {
    expect(unquoted('vjepa pretrain --set data.datasets=[a.csv] --set optimization.lr=1e-4')).toEqual([
      'data.datasets=[a.csv]',
    ]);
    expect(unquoted("[--set a.b=v]… --set 'sweep.lr=[1,2]' --set data.datasets=a.csv")).toEqual([]);
  });

  it('in every document, config and message', () => {
    const found = [...textFiles(repository)].flatMap((path) =>
      unquoted(readFileSync(path, 'utf8')).map((value) => `${relative(repository, path)}: --set ${value}`),
    );
    expect(found).toEqual([]);
  });

  it('in the help of every command', async () => {
    const names = (command: Command, path: string[]): string[][] => [
      path,
      ...command.commands.flatMap((inner) => names(inner, [...path, inner.name()])),
    ];
    for (const path of names(createProgram(), [])) {
      const { stdout } = await runVjepa(...path, '--help');
      expect(stdout).toContain('Usage: vjepa');
      expect(unquoted(stdout), path.join(' ')).toEqual([]);
    }
  });
});
