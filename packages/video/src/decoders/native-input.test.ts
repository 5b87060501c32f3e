import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { NativeDecoder } from './native-decoder.js';

const nasa = fixture('videos/nasa_13013.mp4');
const native = await NativeDecoder.create('native').catch(() => undefined);

it.skipIf(!native)(
  'a file that was opened and closed leaves less than 32 KB behind',
  async () => {
    const open = async (times: number) => {
      for (let i = 0; i < times; i++) await native!.index(nasa, 10_000);
      return process.memoryUsage().rss;
    };
    const before = await open(200);
    expect((await open(600)) - before).toBeLessThan(600 * 32 * 1024);
  },
  240_000, // 800 files read: 13 s on a busy core, and 97 s were seen
);
