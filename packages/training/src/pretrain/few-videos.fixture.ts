import { writeMovingShapes } from '@vjepa/benchmarks';
import { encodeVideos } from '@vjepa/video';

/** Generated videos of 12 frames of 32 x 32. @returns their list */
export async function fewVideos(folder: string, train = 6): Promise<string> {
  const settings = { seed: 3, size: 32, frames: 12, counts: { train } };
  const written = await writeMovingShapes(folder, settings, { encode: encodeVideos, concurrency: 2 });
  return written.indexes.train!.joint!;
}
