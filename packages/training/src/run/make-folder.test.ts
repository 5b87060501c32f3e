import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { makeFolder, requireWritable } from './make-folder.js';

describe('makeFolder', () => {
  it('makes a folder and those above it, and is content with what is there', () => {
    const path = join(temporaryFolder('make'), 'a', 'b', 'c');
    makeFolder(path);
    makeFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('names the file that is in the way', () => {
    const file = join(temporaryFolder('make'), 'file');
    writeFileSync(file, '');
    expect(() => makeFolder(join(file, 'run'), 'choose another')).toThrow(
      new RegExp(`file/run: the folder cannot be made: ${file} is a file; choose another`),
    );
  });

  it.skipIf(!existsSync('/proc/self'))('gives up, with the remedy, where nothing can be made', () => {
    expect(() => makeFolder('/proc/none/run', 'choose another')).toThrow(
      /^\/proc\/none\/run: the folder cannot be made: nothing can be made in \/proc \(ENOENT\); choose another$/,
    );
  });
});

describe('requireWritable', () => {
  it('makes the folder of a file that is to come', () => {
    const file = join(temporaryFolder('make'), 'a', 'answers.jsonl');
    requireWritable(file);
    expect(existsSync(join(file, '..'))).toBe(true);
  });

  it('refuses a folder as the file', () => {
    const folder = temporaryFolder('make');
    expect(() => requireWritable(folder, 'name another')).toThrow(/cannot be written: it is a folder; name another$/);
  });

  it.skipIf(!existsSync('/proc/self'))('names a file that cannot be written, with the remedy', () => {
    expect(() => requireWritable('/proc/none/answers.jsonl', 'name another')).toThrow(/\/proc\/none.*; name another$/);
    // /sys is there and takes no files, whoever asks.
    if (existsSync('/sys/kernel')) expect(() => requireWritable('/sys/kernel/none/x')).toThrow(/cannot be/);
  });
});
