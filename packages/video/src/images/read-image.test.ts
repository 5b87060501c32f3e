import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { readImage } from './read-image.js';

const cases = fixture('cases/pictures/');
/** Size and SHA-256 of the bytes of `Image.open(file).convert('RGB')` of Pillow 13. */
const expected: Record<string, { width: number; height: number; sha256: string }> = JSON.parse(
  readFileSync(`${cases}expected.json`, 'utf8'),
);
const folder = temporaryFolder('read-image');

it.for(Object.keys(expected))('%s is what Pillow’s convert("RGB") gives, byte for byte', async (name) => {
  const { data, width, height } = await readImage(cases + name);
  const sha256 = createHash('sha256').update(data).digest('hex');
  expect({ width, height, sha256 }).toEqual(expected[name]);
});

it('a picture that was cut is an error that says so, of every kind', async () => {
  for (const name of Object.keys(expected)) {
    const bytes = readFileSync(cases + name);
    const path = join(folder, name);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    await expect(readImage(path), name).rejects.toMatchObject({
      path,
      code: 'decode-failed',
      reason: expect.stringMatching(/\w{4}/),
    });
  }
});

it('headers that claim what cannot be are not believed', async () => {
  const claims: [string, string | Buffer, RegExp][] = [
    ['huge.ppm', 'P6 999999999 999999999 255\n', /999999999x999999999 pixels/],
    ['zero.pgm', 'P5 0 4 255\n', /0x4 pixels/],
    ['sample.pgm', 'P2 2 1 255\n0 300\n', /a sample is 300, expected at most 255/],
    ['word.pgm', 'P2 2 1 255\n0 x\n', /'x' at byte 13 is not a whole number/],
    ['missing.ppm', 'P3 2 1 255\n0 1 2 3', /a number is missing/],
    ['bits.bmp', Buffer.from(readFileSync(`${cases}bits-24.bmp`)).fill(13, 28, 29), /bitmaps of 13 bits/],
    ['drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /none of JPEG, PNG/],
    ['empty.gif', 'GIF89a\u0001\0\u0001\0\0\0\0;\0', /there is no picture/],
  ];
  for (const [name, content, reason] of claims) {
    writeFileSync(join(folder, name), content, 'latin1');
    await expect(readImage(join(folder, name)), name).rejects.toMatchObject({ reason: expect.stringMatching(reason) });
  }
  await expect(readImage(join(folder, 'none.bmp'))).rejects.toMatchObject({ code: 'missing' });
});

it('any byte may be damaged: a picture or an error, and soon', { timeout: 60_000 }, async () => {
  for (const name of ['transparent.gif', 'rle8.bmp', 'rle4.bmp', 'os2.bmp', 'plain.ppm', 'bits-565.bmp']) {
    const bytes = readFileSync(cases + name);
    for (let i = 0; i < bytes.length; i += name.endsWith('gif') ? 7 : 1) {
      const damaged = Buffer.from(bytes);
      damaged[i]! ^= 0x55;
      writeFileSync(join(folder, name), damaged);
      const outcome = await readImage(join(folder, name)).then(
        ({ data, width, height }) => data.length === 3 * width * height,
        (error: unknown) => (error as Error).name === 'VideoError',
      );
      expect(outcome, `${name}, byte ${i}`).toBe(true);
    }
  }
});
