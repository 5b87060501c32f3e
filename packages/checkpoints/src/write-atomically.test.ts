import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeAtomically } from './write-atomically.js';

it('the file appears whole or not at all, and an older one stays when writing fails', async () => {
  const path = temporaryPath('a.bin');
  writeFileSync(path, 'old');
  const failing = writeAtomically(path, async (sink) => {
    await sink.write(Buffer.from('half'));
    throw new Error('the disk caught fire');
  });
  await expect(failing).rejects.toThrow('the disk caught fire');
  expect(readFileSync(path, 'utf8')).toBe('old');
  await writeAtomically(path, async (sink) => {
    await sink.write(Buffer.from('new'));
    expect(sink.position).toBe(3);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readdirSync(dirname(path))).toEqual(['a.bin']);
});

it('two writers of one name do not mix', async () => {
  const path = temporaryPath('a.bin');
  const contents = ['a', 'b'].map((letter) => letter.repeat(100_000));
  await Promise.all(contents.map((text) => writeAtomically(path, (sink) => sink.write(Buffer.from(text)))));
  expect(contents).toContain(readFileSync(path, 'utf8'));
});
