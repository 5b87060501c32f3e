import { describe, expect, it, vi } from 'vitest';
import { checkDecoders } from './check-decoders.js';

describe('checkDecoders', () => {
  it('says which codecs a decoder reads', async () => {
    expect(await checkDecoders(['wasm'])).toEqual([
      { decoder: 'wasm', decoded: ['h264', 'hevc', 'vp9'], failed: ['av1'], reason: expect.stringMatching(/./) },
    ]);
  });

  it('says why one that is not there decodes nothing', async () => {
    vi.stubEnv('FFMPEG_PATH', '/nowhere/ffmpeg');
    const [check] = await checkDecoders(['cli']);
    vi.unstubAllEnvs();
    expect(check).toMatchObject({ decoder: 'cli', decoded: [], reason: expect.stringMatching(/^\/nowhere\/ffmpeg: /) });
  });
});
