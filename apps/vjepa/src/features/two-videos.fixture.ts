import { join } from 'node:path';
import { encodeVideo } from '@vjepa/video';

/** Writes `a.mp4` and `b.mp4`, 30 frames of 64 x 80 each. */
export async function writeTwoVideos(folder: string): Promise<void> {
  for (const name of ['a', 'b']) {
    const data = Uint8Array.from({ length: 30 * 64 * 80 * 3 }, (_, i) => (i * 7 + name.charCodeAt(0)) % 256);
    const frames = { data, frames: 30, height: 64, width: 80 };
    await encodeVideo({ frames, rate: 10, output: join(folder, `${name}.mp4`) });
  }
}
