import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.fixture.js';
import { readVideoIndex } from './video-index.js';

const folder = temporaryFolder();

describe('readVideoIndex', () => {
  it('joins files in order; paths may hold spaces and start from the index file', async () => {
    await folder.write({
      'lists/train.csv': '\uFEFFclips/a b.mp4 3\r\n"clips/c d.mp4" 0\r\n\r\n',
      'lists/more.txt': `${folder.path('lists/clips/e.mp4')} 7`,
      'lists/clips/a b.mp4': '',
      'lists/clips/c d.mp4': '',
      'lists/clips/e.mp4': '',
    });
    const files = [folder.path('lists/train.csv'), folder.path('lists/more.txt')];
    const index = await readVideoIndex(files, { classes: 8 });
    expect(index.entries.map(({ path, label, line }) => [basename(path), label, line])).toEqual([
      ['a b.mp4', 3, 1],
      ['c d.mp4', 0, 2],
      ['e.mp4', 7, 1],
    ]);
    expect(index.counts).toEqual([
      { file: files[0], count: 2 },
      { file: files[1], count: 1 },
    ]);
  });

  it.each([
    ['a.mp4,3', "bad.csv:2: 'a.mp4,3' is not 'path label'; path and label are separated by one space"],
    ['a.mp4\t3', 'separated by one space, not by a comma or tab'],
    ['a.mp4', 'the label is missing'],
    ['a.mp4 -1', 'labels start at 0'],
    ['a.mp4 1.5', 'the label must be a whole number from 0'],
    [' 4', "bad.csv:2: ' 4' is not 'path label'"],
    ['a.mp4 5', 'bad.csv:2: label 5 is outside the 5 classes (0..4)'],
  ])('names the line of %j', async (line, message) => {
    await folder.write({ 'bad.csv': ['fine.mp4 0', line] });
    await expect(readVideoIndex(folder.path('bad.csv'), { classes: 5, checkFiles: false })).rejects.toThrow(message);
  });

  it('lists what is listed twice, unless told to keep it', async () => {
    await folder.write({ 'a.csv': ['x.mp4 0', 'y.mp4 1'], 'b.csv': ['z.mp4 0', 'y.mp4 2'] });
    const files = [folder.path('a.csv'), folder.path('b.csv')];
    await expect(readVideoIndex(files, { checkFiles: false })).rejects.toThrow(
      `${files[1]}:2: a video is listed twice; keep one line of each:\n` +
        `  ${folder.path('y.mp4')}: ${files[0]}:2 and ${files[1]}:2, with labels 1 and 2`,
    );
    expect((await readVideoIndex(files, { checkFiles: false, duplicates: 'keep' })).entries).toHaveLength(4);
  });

  it('lists missing videos, and separates as many as are allowed', async () => {
    await folder.write({ 'a.csv': ['x.mp4 0', 'y.mp4 1', 'no/z.mp4 1'], 'x.mp4': '' });
    const file = folder.path('a.csv');
    await expect(readVideoIndex(file)).rejects.toThrow(
      `${file}: 2 of 3 files are missing, 0 allowed; put them in place or allow 2 missing files:\n  ${folder.path('y.mp4')}`,
    );
    await expect(readVideoIndex(file, { allowMissing: 1 })).rejects.toThrow('2 of 3 files are missing, 1 allowed');
    const index = await readVideoIndex(file, { allowMissing: 2 });
    expect(index.entries.map(({ label }) => label)).toEqual([0]);
    expect(index.missing.map(({ label, line }) => [label, line])).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });

  it('names the remedy for files that are no index', async () => {
    await folder.write({ 'a.json': '[]', 'empty.csv': '\n' });
    await expect(readVideoIndex(folder.path('no.csv'))).rejects.toThrow(
      'no.csv: the file does not exist; check the path',
    );
    await expect(readVideoIndex(folder.path('a.json'))).rejects.toThrow(
      "ending in '.json' is not known; expected .csv",
    );
    await expect(readVideoIndex(folder.path('empty.csv'))).rejects.toThrow('lists no videos');
    await expect(readVideoIndex(folder.path())).rejects.toThrow('is not known');
  });
});
