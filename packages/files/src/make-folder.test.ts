import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

const scratch = mkdtempSync(join(tmpdir(), 'vjepa-files-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('makeFolder', () => {
  it('makes a folder and those above it, and is content with what is there', () => {
    const path = join(scratch, 'a', 'b', 'c');
    makeFolder(path);
    makeFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('says which file is in the way', () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    expect(() => makeFolder(join(file, 'run'))).toThrow(expect.objectContaining({ code: 'EEXIST', path: file }));
    expect(() => makeFolder(file)).toThrow(expect.objectContaining({ code: 'EEXIST', path: file }));
  });

  it.skipIf(!existsSync('/proc/self'))('gives up where nothing can be made', () => {
    expect(() => makeFolder('/proc/none/run')).toThrow(expect.objectContaining({ code: 'ENOENT', path: '/proc/none' }));
  });
});
