import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadCoin } from './coin.js';

const folder = temporaryFolder();
const record = (task: string, number: unknown, subset: string) => ({
  ...{ class: task, recipe_type: number, subset, duration: 131, start: 56.6, end: 85.7 },
  annotation: [{ id: '212', segment: [60, 69], label: 'take out the laptop CD drive' }],
});

async function load(more: object = {}) {
  const benchmark = await loadCoin({ split: 'val', root: folder.path(), expectedClasses: 2, ...more });
  const entries = benchmark.entries.map(({ path, label }) => [relative(folder.path(), path), label]);
  return { ...benchmark, entries };
}

describe('loadCoin', () => {
  it('reads the database, and videos by id at any depth', async () => {
    await folder.write({
      'COIN.json': {
        database: {
          'LtRSn-ntcLY': record('ReplaceCDDriveWithSSD', 131, 'testing'),
          '-b': record('ArcWeld', 7, 'testing'),
          c: record('ArcWeld', 7, 'training'),
        },
      },
      'videos/131/LtRSn-ntcLY.mp4': '',
      'videos/-b.mkv': '',
    });
    const { entries, classNames } = await load();
    expect(entries).toEqual([
      ['videos/131/LtRSn-ntcLY.mp4', 1],
      ['videos/-b.mkv', 0],
    ]);
    expect(classNames).toEqual(['ArcWeld', 'ReplaceCDDriveWithSSD']);
    await expect(load({ split: 'train' })).rejects.toThrow(/1 of 1 files are missing.*videos\/7\/c\.mp4/s);
    await expect(load({ expectedClasses: undefined })).rejects.toThrow('has 2 classes, expected 180');
  });

  it('says what is wrong and where', async () => {
    await expect(load()).rejects.toThrow('holds no COIN.json; looked for');
    const failing = async (database: unknown, message: string) => {
      await folder.write({ 'COIN.json': { database }, 'videos/a.mp4': '' });
      await expect(load()).rejects.toThrow(message);
    };
    await failing(undefined, "there is no 'database'");
    await failing({ a: { recipe_type: 1, subset: 'testing' } }, "video 'a' has no class");
    await failing({ a: record('x', '1', 'testing') }, 'has recipe_type "1"; expected a whole number');
    await failing({ a: record('x', 1, 'test') }, 'has subset "test"; expected training, testing, validation');
    const two = { a: record('x', 1, 'testing'), b: record('y', 1, 'training') };
    await failing(two, "recipe_type 1 is x, and y in video 'b'");
  });
});
