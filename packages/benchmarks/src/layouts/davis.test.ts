import { basename } from 'node:path';
import { encode } from 'fast-png';
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

  it('refuses a video of which some frames are annotated, instead of leaving it out of the results', async () => {
    const frames = ['00000', '00001', '00002'];
    await folder.write({
      'ImageSets/2017/val.txt': ['swan'],
      ...Object.fromEntries(frames.map((name) => [`JPEGImages/480p/swan/${name}.jpg`, ''])),
      ...Object.fromEntries(frames.slice(0, 2).map((name) => [`Annotations/480p/swan/${name}.png`, ''])),
    });
    await expect(loadDavis({ root: folder.path() })).rejects.toThrow(
      /480p.swan: 2 of 3 frames of swan are annotated; expected all, or the first alone$/,
    );
  });

  it('refuses names that lead elsewhere or stand twice, and numbers of more than 8 bits', async () => {
    const deep = encode({ width: 1, height: 1, data: Uint16Array.of(300), channels: 1, depth: 16 });
    await folder.write({
      'ImageSets/2017/out.txt': ['swan', '../../../swan'],
      'ImageSets/2017/twice.txt': ['swan', 'swan'],
      'ImageSets/2017/val.txt': ['swan'],
      'JPEGImages/480p/swan/00000.jpg': '',
      'Annotations/480p/swan/00000.png': deep,
    });
    const load = (split: string) => loadDavis({ root: folder.path(), split });
    await expect(load('out')).rejects.toThrow("out.txt:2: '../../../swan' is not the name of a video's folder");
    await expect(load('twice')).rejects.toThrow('twice.txt:2: swan is listed twice');
    const { videos, readObjects } = await load('val');
    await expect(readObjects(videos[0]!.annotations[0]!)).rejects.toThrow('has 16 bits a pixel, expected 8');
  });
});
