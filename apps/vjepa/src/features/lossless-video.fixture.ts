import { extname } from 'node:path';
import { type RgbFrames, runFfmpeg } from '@vjepa/video';

/** Encodes frames without loss, colours and all. */
export async function losslessVideo({ data, height, width }: RgbFrames, output: string): Promise<void> {
  const name = `video${extname(output)}`;
  const source = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', '10', '-i', 'frames.rgb'];
  const args = ['-v', 'error', ...source, '-c:v', 'ffv1', '-pix_fmt', 'bgr0', name];
  await runFfmpeg(args, { inputs: { 'frames.rgb': data }, outputs: { [name]: output } });
}
