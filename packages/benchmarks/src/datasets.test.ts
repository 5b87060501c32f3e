import { describe, expect, it } from 'vitest';
import { readDatasets } from './datasets.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

describe('readDatasets', () => {
  it('gives the videos of each list and folder by itself, and the input that names it', async () => {
    await folder.write({
      'x1.csv': 'a.mp4 3\nb.mp4\na.mp4 3\n',
      'x2.csv': 'c.mp4 archery\n',
      'v/d.mp4': '',
    });
    const datasets = await readDatasets([folder.path('x{1..2}.csv'), folder.path('v')]);
    expect(datasets.map(({ file, entry }) => [file, entry])).toEqual([
      [folder.path('x1.csv'), 0],
      [folder.path('x2.csv'), 0],
      [folder.path('v'), 1],
    ]);
    expect(datasets.map(({ videos }) => videos.map(({ path, label }) => [path, label]))).toEqual([
      [
        [folder.path('a.mp4'), 3],
        [folder.path('b.mp4'), -1],
        [folder.path('a.mp4'), 3],
      ],
      [[folder.path('c.mp4'), -1]],
      [[folder.path('v/d.mp4'), -1]],
    ]);
  });

  it.each(['none.csv', 'none.npy', 'none'])('says that %s is missing', async (name) => {
    await expect(readDatasets([folder.path(name)])).rejects.toMatchObject({ code: 'missing' });
  });
});
