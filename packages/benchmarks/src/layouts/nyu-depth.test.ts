import { relative } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadNyuDepth } from './nyu-depth.js';

const folder = temporaryFolder();

function millimetres(...values: number[]): Uint8Array {
  return encode({ width: values.length, height: 1, data: Uint16Array.from(values), channels: 1, depth: 16 });
}

describe('loadNyuDepth', () => {
  it('reads pairs with paths from the list’s folder, and millimetres as metres', async () => {
    await folder.write({
      'nyu/nyu_test.txt': ['/bathroom/rgb_00045.jpg /bathroom/sync_depth_00045.png 518.8579'],
      'nyu/bathroom/rgb_00045.jpg': '',
      'nyu/bathroom/sync_depth_00045.png': millimetres(0, 1, 2500, 9999),
    });
    const set = await loadNyuDepth({ root: folder.path(), split: 'test' });
    expect(relative(folder.path(), set.entries[0]!.path)).toBe('nyu/bathroom/rgb_00045.jpg');
    const { depth, ...size } = await set.readDepth(set.entries[0]!);
    expect(size).toEqual({ height: 1, width: 4 });
    expect([...depth].map((metres) => metres.toFixed(3))).toEqual(['0.000', '0.001', '2.500', '9.999']);
    // Eigen's crop, whose last row is 470 and last column 600.
    const crop = { top: 45, left: 41, height: 471 - 45, width: 601 - 41 };
    expect(set.evaluated({ height: 480, width: 640 })).toEqual(crop);
    for (const other of [
      { height: 960, width: 1280 },
      { height: 640, width: 640 },
      { height: 426, width: 560 },
    ]) {
      expect(set.evaluated(other)).toBeUndefined();
    }
  });

  it('takes another unit, and says what is wrong', async () => {
    await folder.write({
      'nyu_train.txt': ['a.jpg a.png'],
      'a.jpg': '',
      'a.png': millimetres(256),
      'nyu_test.txt': ['a.jpg', ''],
    });
    const set = await loadNyuDepth({ root: folder.path(), split: 'train', unit: 1 / 256 });
    expect([...(await set.readDepth(set.entries[0]!)).depth]).toEqual([1]);
    expect(set.evaluated({ height: 480, width: 640 })).toBeUndefined();
    await expect(loadNyuDepth({ root: folder.path(), split: 'test' })).rejects.toThrow(
      "nyu_test.txt:1: 'a.jpg' is not 'picture depth'",
    );
    await folder.write({ 'a.png': encode({ width: 1, height: 1, data: Uint8Array.of(7), channels: 1 }) });
    await expect(set.readDepth(set.entries[0]!)).rejects.toThrow('has 8 bits a pixel, expected 16');
  });
});
