import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { palettePng } from '../palette-png.fixture.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadDavis } from './davis.js';

const folder = temporaryFolder();

describe('loadDavis', () => {
  it('reads videos, their frames and the numbers of their objects', async () => {
    await folder.write({
      'DAVIS/ImageSets/2017/val.txt': ['bike-packing', 'blackswan'],
      'DAVIS/JPEGImages/480p/bike-packing/00000.jpg': '',
      'DAVIS/JPEGImages/480p/bike-packing/00001.jpg': '',
      'DAVIS/Annotations/480p/bike-packing/00000.png': palettePng(3, [0, 1, 2]),
      'DAVIS/Annotations/480p/bike-packing/00001.png': palettePng(3, [2, 2, 2]),
      'DAVIS/JPEGImages/480p/blackswan/00000.jpg': '',
      'DAVIS/Annotations/480p/blackswan/00000.png': palettePng(1, [1]),
    });
    const { videos, readObjects } = await loadDavis({ root: folder.path() });
    expect(videos.map(({ name, frames }) => [name, ...frames.map((frame) => basename(frame))])).toEqual([
      ['bike-packing', '00000.jpg', '00001.jpg'],
      ['blackswan', '00000.jpg'],
    ]);
    expect([...(await readObjects(videos[0]!.annotations[0]!)).labels]).toEqual([0, 1, 2]);
  });

  it('takes a first frame alone for annotated, and no other', async () => {
    await folder.write({
      'ImageSets/2017/test-dev.txt': ['swan'],
      'JPEGImages/480p/swan/00000.jpg': '',
      'JPEGImages/480p/swan/00001.jpg': '',
      'Annotations/480p/swan/00000.png': '',
    });
    const options = { root: folder.path(), split: 'test-dev' };
    expect((await loadDavis(options)).videos[0]!.annotations).toHaveLength(1);
    await folder.write({ 'Annotations/480p/swan/00002.png': '' });
    await expect(loadDavis(options)).rejects.toThrow("by the frames' names; found 00002.png");
    await expect(loadDavis({ root: folder.path() })).rejects.toThrow('val.txt');
  });
});
