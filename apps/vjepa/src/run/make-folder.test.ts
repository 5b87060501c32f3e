import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../run-vjepa.fixture.js';
import { makeFolder } from './make-folder.js';

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
