import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIndexFile } from './index-file.js';

const folder = mkdtempSync(join(tmpdir(), 'vjepa-index-'));

function index(text: string, name = 'train.csv'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('readIndexFile', () => {
  it('reads path and label, relative paths from its own folder', () => {
    const videos = readIndexFile(index('/data/a.mp4 3\nclips/b.mp4 0\r\n\n'));
    expect(videos).toEqual([
      { path: '/data/a.mp4', label: 3 },
      { path: join(folder, 'clips/b.mp4'), label: 0 },
    ]);
  });

  it('takes the last word as the label, so paths may hold spaces', () => {
    expect(readIndexFile(index('/data/a long name.mp4 12\n"/data/quoted one.mp4" 1\n'))).toEqual([
      { path: '/data/a long name.mp4', label: 12 },
      { path: '/data/quoted one.mp4', label: 1 },
    ]);
  });

  it.each([
    ['no label', '/a.mp4 0\n/b.mp4\n', /train\.csv, line 2: expected "path label".*found "\/b\.mp4"/],
    ['a label that is no number', '/a.mp4 cat\n', /line 1/],
    ['a negative label', '/a.mp4 -1\n', /line 1/],
    ['a fractional label', '\n/a.mp4 1.5\n', /line 2/],
    ['commas instead of a space', '/a.mp4,0\n', /line 1/],
    ['nothing', '\n', /train\.csv: the index is empty/],
  ])('refuses %s', (_, text, message) => {
    expect(() => readIndexFile(index(text))).toThrow(message);
  });

  it('names a missing file and one of another kind', () => {
    expect(() => readIndexFile(join(folder, 'none.csv'))).toThrow(/none\.csv: the index file cannot be read: ENOENT/);
    expect(() => readIndexFile(index('x', 'train.parquet'))).toThrow(/expected an index file that ends in \.csv/);
  });
});
