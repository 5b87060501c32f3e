import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

const root = temporaryFolder('folders');
afterAll(() => rmSync(root, { recursive: true }));

describe('a folder of an installation', () => {
  it('is made with those above it, once', () => {
    const path = join(root, 'a', 'b', 'c');
    makeFolder(path);
    makeFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('that a file is in the way of is named, with the remedy', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => makeFolder(join(root, 'file'))).toThrow(
      /file: the folder cannot be made: a file is in its way \(EEXIST\); set VJEPA_CACHE to a folder/,
    );
    expect(() => makeFolder(join(root, 'file', 'below'))).toThrow(
      expect.objectContaining({
        name: 'InstallError',
        message: expect.stringMatching(/file.below: the folder cannot be made: a file is in its way/),
      }),
    );
  });

  it.skipIf(!existsSync('/proc/self'))('where nothing can be made is an error at once', () => {
    expect(() => makeFolder('/proc/none/vjepa')).toThrow(
      /^\/proc\/none\/vjepa: the folder cannot be made: .*; set VJEPA_CACHE to a folder that can be written to$/,
    );
  });
});
