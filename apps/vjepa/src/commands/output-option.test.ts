import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import type { Command } from 'commander';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../command-line.js';
import { runVjepa } from '../run-vjepa.fixture.js';

const folder = temporaryFolder('outputs');

/** Every command with the path that names it. */
function commands(command: Command, path: string[] = []): { command: Command; path: string[] }[] {
  return [{ command, path }, ...command.commands.flatMap((inner) => commands(inner, [...path, inner.name()]))];
}

const outputs = commands(createProgram()).flatMap(({ command, path }) =>
  command.options
    .filter(({ long }) => ['--output', '--predictions'].includes(long!))
    .map(({ long, flags }) => ({ command: path.join(' '), path, option: long!, isFolder: flags.includes('<folder>') })),
);

describe('what the name of an output promises is written, or refused', () => {
  it('by every command that writes something', () => {
    expect(outputs.map(({ command, option }) => `${command} ${option}`)).toEqual([
      'classify --output',
      'decode train --output',
      'decode show --output',
      'dense segmentation --output',
      'dense depth --output',
      'dense show --output',
      'evaluate --output',
      'evaluate --predictions',
      'features --output',
      'finetune --output',
      'finetune --predictions',
      'predict --output',
      'prepare --output',
      'report --output',
      'results --output',
      'validate --output',
      'visualize masks --output',
      'visualize features --output',
    ]);
  });

  it.each(outputs)('$command $option', async ({ path, option, isFolder }) => {
    const name = join(folder, isFolder ? 'results.json' : 'results.docx');
    const { code, stderr } = await runVjepa(...path, option, name);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      isFolder ? /expected the name of a folder, and \.json is that of a file/ : /expected a name that ends in \./,
    );
  });

  it.each([
    ['.npz', 'expected a name that ends in .safetensors or .npy'],
    ['features.npy/', 'expected the name of a file; this is that of a folder'],
  ])('an output called %s is refused', async (name, problem) => {
    const { code, stderr } = await runVjepa('features', '--run', 'mine', '--input', 'a.mp4', '--output', name);
    expect([code, stderr]).toEqual([1, expect.stringContaining(problem)]);
  });

  it('checkpoint convert', async () => {
    const source = join(folder, 'a.safetensors');
    writeFileSync(source, '');
    const { code, stderr } = await runVjepa('checkpoint', 'convert', source, join(folder, 'a.bin'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/ends in neither \.safetensors nor \.pth\.tar, \.pth or \.pt/);
  });

  it.each([
    ['masks.png', 'png'],
    ['masks.jpg', 'jpeg'],
    ['masks.JPEG', 'jpeg'],
  ])('a picture of masks called %s is a %s', async (name, format) => {
    const output = join(folder, name);
    const { code, stderr } = await runVjepa(
      'visualize',
      'masks',
      '--config',
      'configs/pretrain/smoke.yaml',
      '--output',
      output,
    );
    expect(code, stderr).toBe(0);
    expect((await sharp(output).metadata()).format).toBe(format);
  });
});

describe('a place where nothing can be written is told, with the remedy, before any work', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const smoke = ['--config', 'configs/pretrain/smoke.yaml'];
  it.each([
    ['visualize masks', ['--output'], 'm.png', smoke],
    ['visualize features', ['--output'], 'f.gif', ['--video', 'none.mp4', '--checkpoint', 'none.pth.tar']],
    ['validate', ['--output'], 'good.csv', ['--index', 'none.csv']],
    ['checkpoint convert none.safetensors', [], 'a.pt', []],
    ['demo', ['--folder'], 'runs', []],
  ])('%s', async (command, option, name, more) => {
    // A file is where a folder should be; and where Linux says so of every folder.
    for (const place of [join(file, 'below'), ...(existsSync('/proc/self') ? ['/proc/none/below'] : [])]) {
      const { code, stderr } = await runVjepa(...command.split(' '), ...more, ...option, join(place, name));
      expect(code).toBe(1);
      expect(stderr).toMatch(/error: .*: the folder cannot be made: .*; name another/);
      expect(stderr.match(/cannot be/g)).toHaveLength(1);
    }
  });
});

describe('an option that is one of some words', () => {
  it.each([
    ['features', '--model', 'vit_smal'],
    ['bench step', '--model', 'vit_smal'],
    ['features', '--kind', 'videos'],
  ])('%s %s refuses others', async (command, option, value) => {
    const { code, stderr } = await runVjepa(...command.split(' '), option, value);
    expect(code).toBe(1);
    expect(stderr).toContain('Allowed choices are');
  });
});
