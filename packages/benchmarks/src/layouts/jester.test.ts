import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadJester } from './jester.js';

const folder = temporaryFolder();
const LABELS = ['Swiping Left', 'No gesture'];

async function load(more: object = {}) {
  const benchmark = await loadJester({ split: 'val', root: folder.path(), expectedClasses: 2, ...more });
  return benchmark.entries.map(({ path, label }) => [relative(folder.path(), path), label]);
}

describe('loadJester', () => {
  it('reads the official lists, and folders of frames or files', async () => {
    await folder.write({
      'labels/jester-v1-labels.csv': LABELS,
      'labels/jester-v1-validation.csv': ['9223;No gesture', '42920 Swiping Left', '107090;0'],
      '20bn-jester-v1/9223/00001.jpg': '',
      '20bn-jester-v1/42920.mp4': '',
      '20bn-jester-v1/107090.webm': '',
    });
    expect(await load()).toEqual([
      ['20bn-jester-v1/9223', 1],
      ['20bn-jester-v1/42920.mp4', 0],
      ['20bn-jester-v1/107090.webm', 0],
    ]);
  });

  it('reads a table with names of columns', async () => {
    await folder.write({
      'labels.csv': LABELS,
      'Train.csv': ['video_id,label,frames,label_id', '7,No gesture,37,1'],
      'Train/7/00001.jpg': '',
    });
    expect(await load({ split: 'train' })).toEqual([['Train/7', 1]]);
  });

  it('says what is wrong and where', async () => {
    await expect(load()).rejects.toThrow('holds no jester-v1-validation.csv; looked for');
    const failing = async (lines: string[], message: string) => {
      await folder.write({ 'jester-v1-labels.csv': LABELS, 'jester-v1-validation.csv': lines });
      await expect(load()).rejects.toThrow(message);
    };
    await failing(['1;Swiping Left', '2'], 'validation.csv:2: video 2 has no label; the test list has none');
    await failing(['1;Swiping Up'], "validation.csv:1: class 'Swiping Up' is not one of the 2 class names");
    await failing(['1;7'], "class '7' is not one of");
    await failing(['1;Swiping Left', '; Swiping Left'], "validation.csv:2: '; Swiping Left' is not 'id;label'");
    await failing(['1;Swiping Left'], '1 of 1 files are missing');
  });
});
