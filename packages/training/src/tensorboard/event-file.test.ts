import { readFileSync } from 'node:fs';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.js';
import { encodeEvent } from './event.js';
import { createEventFile } from './event-file.js';
import { histogramOf } from './histogram.js';
import { encodeRecord, maskedChecksum } from './record.js';
import { hasTensorBoard, readWithTensorBoard } from './tensorboard.fixture.js';

/** All of a picture that TensorBoard's reader looks at. */
const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('crc32c', () => {
  it('has the values of RFC 3720, B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });
});

describe('encodeRecord', () => {
  it('frames data with their length and two masked checksums', () => {
    const record = Buffer.from(encodeRecord(Buffer.from('abc')));
    expect(record.readBigUInt64LE(0)).toBe(3n);
    expect(record.readUInt32LE(8)).toBe(maskedChecksum(record.subarray(0, 8)));
    expect(record.subarray(12, 15).toString()).toBe('abc');
    expect(record.readUInt32LE(15)).toBe(maskedChecksum(Buffer.from('abc')));
    expect(record).toHaveLength(19);
  });
});

describe('encodeEvent', () => {
  it('writes the file version that every event file begins with', () => {
    // field 1 (double) 1.0; field 3 (string) of 13 bytes
    expect(hex(encodeEvent({ wallTime: 1, fileVersion: 'brain.Event:2' }))).toBe(
      '09000000000000f03f1a0d627261696e2e4576656e743a32',
    );
  });

  it('writes a scalar', () => {
    // step 300 = ac02; summary { value { tag "a", simple_value 0.5 } }
    expect(hex(encodeEvent({ wallTime: 0, step: 300, values: [{ tag: 'a', scalar: 0.5 }] }))).toBe(
      '09000000000000000010ac022a0a0a080a0161150000003f',
    );
  });
});

describe('histogramOf', () => {
  it('counts every finite value once', () => {
    const histogram = histogramOf([0, 1, 2, 3, 4, Number.NaN], 2);
    expect(histogram).toEqual({ min: 0, max: 4, count: 5, sum: 10, sumOfSquares: 30, limits: [2, 4], counts: [2, 3] });
  });

  it('has one bin for a constant and none for nothing', () => {
    expect(histogramOf(new Float32Array(3)).counts).toEqual([3]);
    expect(histogramOf([]).count).toBe(0);
  });
});

describe('createEventFile', () => {
  it('never writes into a file that is there', () => {
    const folder = temporaryFolder('events');
    const [first, second] = [
      createEventFile(folder, { now: () => 5000 }),
      createEventFile(folder, { now: () => 5000 }),
    ];
    expect(first.path).not.toBe(second.path);
    expect(readFileSync(first.path).readBigUInt64LE(0)).toBe(24n);
    first.close();
    second.close();
  });

  it.skipIf(!hasTensorBoard)(
    'is read by TensorBoard, a resumed run taking the place of the steps it repeats (needs python3 with tensorboard)',
    () => {
      const folder = temporaryFolder('events');
      const first = createEventFile(folder, { now: () => 1_000_000 });
      for (const step of [1, 2, 3]) first.write(step, [{ tag: 'loss', scalar: 1 / step }]);
      first.write(2, [
        { tag: 'weights', histogram: histogramOf([0, 1, 2, 3], 4) },
        { tag: 'masks', image: { width: 3, height: 2, png: PNG_SIGNATURE } },
      ]);
      first.close();
      const resumed = createEventFile(folder, { now: () => 2_000_000, firstStep: 3 });
      resumed.write(3, [{ tag: 'loss', scalar: 0.25 }]);
      resumed.close();
      const seen = readWithTensorBoard(folder);
      expect(seen.scalars).toEqual({ loss: [[1, 1], [2, 0.5], [3, 0.25]] }); // biome-ignore format: pairs
      expect(seen.histograms.weights![0]!.slice(0, 2)).toEqual([2, 4]);
      expect(seen.images).toEqual({ masks: [[2, 3, 2, 'PNG']] });
    },
  );
});
