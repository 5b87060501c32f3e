import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DecoderName, encodeVideo, openVideo } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { type Finding, note, ok, problem } from './finding.js';

const decoders: Record<DecoderName, string> = {
  wasm: 'reinstall vjepa: ffmpeg.wasm comes with it',
  native: 'for faster decoding and AV1: npm install node-av@6.1.1',
  cli: 'for AV1 without node-av: install ffmpeg and have it on the PATH',
  nvdec: "to decode on the GPU: NVIDIA's driver with its video libraries, and npm install node-av@6.1.1",
};

/** Which decoders work, seen by decoding a small h264 video with each. Only the built-in one is needed. */
export async function checkDecoders(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vjepa-doctor-'));
  try {
    const path = join(folder, 'test.mp4');
    await encodeVideo({ frames: greyFrames(4, 32, 32), rate: 10, output: path });
    const findings: Finding[] = [];
    for (const [name, remedy] of Object.entries(decoders) as [DecoderName, string][]) {
      // Nobody without such a GPU wants to hear of it.
      if (name === 'nvdec' && !existsSync('/dev/nvidiactl')) continue;
      const failure = await decodeWith(name, path);
      const title = `${name} decoder`;
      if (failure === undefined) findings.push(ok(title, 'decodes h264'));
      else if (name === 'wasm') findings.push(problem(title, failure, remedy));
      else findings.push(note(title, `not available (${shortened(failure, path)})`, remedy));
    }
    return findings;
  } catch (error) {
    return [problem('wasm decoder', reasonOf(error), decoders.wasm)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function decodeWith(decoder: DecoderName, path: string): Promise<string | undefined> {
  try {
    const video = await openVideo(path, { decoder });
    if (video.info.decoder !== decoder) return 'no CUDA device';
    await video.decode([0, 3]).finally(() => video.close());
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The reason without the name of the test video, which says nothing to anyone. */
function shortened(reason: string, path: string): string {
  return reason.replace(`${path}: `, '').replace(/ \([a-z-]+\)$/, '');
}

function greyFrames(frames: number, height: number, width: number) {
  return { data: new Uint8Array(frames * height * width * 3).fill(128), frames, height, width };
}
