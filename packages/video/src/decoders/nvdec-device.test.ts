import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { openVideo } from '../open-video.js';
import { chooseDecoder } from '../threads/choose-decoder.js';
import { loadNodeAv } from './node-av.js';
import { NvdecDevice } from './nvdec-device.js';

const nasa = fixture('videos/nasa_13013.mp4');
const av = await loadNodeAv().catch(() => undefined);
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));
const choice = await chooseDecoder('nvdec');

it.skipIf(!av || choice.decoder === 'nvdec')('without a device: a typed error, and decoding in software', async () => {
  expect(() => NvdecDevice.open(av!)).toThrow(
    expect.objectContaining({
      code: 'decoder-unavailable',
      reason: expect.stringMatching(/no CUDA device .* driver/),
    }),
  );
  expect(choice.reason).toMatch(
    /^decoder "nvdec" does not work here \(no CUDA device.*\); decoder "native" was chosen/,
  );
  const video = await openVideo(nasa, { decoder: 'nvdec' });
  expect(warnings).toEqual([choice.reason]);
  expect(video.info.decoder).toBe('native');
  const software = await openVideo(nasa, { decoder: 'wasm' });
  const [a, b] = [await video.decode([7, 200]), await software.decode([7, 200])];
  expect(Buffer.compare(a.data, b.data)).toBe(0);
});

it.skipIf(!av)('only exact codecs in 8-bit 4:2:0 go to the device', () => {
  const codec = (name: string) => av!.Codec.findDecoderByName(name as never)!;
  expect(NvdecDevice.handles(codec('h264'), 'h264', 'yuv420p')).toBe(true);
  expect(NvdecDevice.handles(codec('hevc'), 'hevc', 'yuv420p')).toBe(true);
  expect(NvdecDevice.handles(codec('hevc'), 'hevc', 'yuv420p10le')).toBe(false);
  expect(NvdecDevice.handles(codec('h264'), 'h264', 'yuvj420p')).toBe(false);
  // MPEG-4's inverse transform is not fixed to the bit; dav1d is a software decoder.
  expect(NvdecDevice.handles(codec('mpeg4'), 'mpeg4', 'yuv420p')).toBe(false);
  expect(NvdecDevice.handles(codec('libdav1d'), 'av1', 'yuv420p')).toBe(false);
});
