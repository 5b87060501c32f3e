import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type DecoderName, openVideo, runFfmpeg } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { type Finding, note, ok, problem } from './finding.js';

const decoders: Record<DecoderName, string> = {
  wasm: 'reinstall vjepa: ffmpeg.wasm comes with it',
  native: 'for faster decoding and AV1: npm install node-av@6.1.1',
  cli: 'for AV1 without node-av: install ffmpeg and have it on the PATH',
  nvdec: "to decode on the GPU: NVIDIA's driver with its video libraries, and npm install node-av@6.1.1",
};

/** Codecs that ffmpeg.wasm can make a test video of, and how. AV1 it can neither make nor read. */
const codecs: Record<string, { options: string[]; container: string }> = {
  h264: { options: ['-c:v', 'libx264'], container: 'mp4' },
  hevc: { options: ['-c:v', 'libx265', '-x265-params', 'log-level=none'], container: 'mp4' },
  vp9: { options: ['-c:v', 'libvpx-vp9'], container: 'webm' },
  mpeg4: { options: ['-c:v', 'mpeg4'], container: 'avi' },
};

/** Which decoders work, and for which codecs, seen by decoding small videos with each. Only the built-in one is needed. */
export async function checkDecoders(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vjepa-doctor-'));
  try {
    const videos = await Promise.all(
      Object.entries(codecs).map(async ([codec, { options, container }]) => {
        const path = join(folder, `${codec}.${container}`);
        await makeVideo(path, options);
        return { codec, path };
      }),
    );
    const findings: Finding[] = [];
    for (const [name, remedy] of Object.entries(decoders) as [DecoderName, string][]) {
      // Nobody without such a GPU wants to hear of it.
      if (name === 'nvdec' && !existsSync('/dev/nvidiactl')) continue;
      const title = `${name} decoder`;
      const decoded: string[] = [];
      const failures: string[] = [];
      for (const { codec, path } of videos) {
        const failure = await decodeWith(name, path);
        if (failure === undefined) decoded.push(codec);
        else failures.push(shortened(failure, path));
        // What cannot start decodes nothing.
        if (failures.length > 0 && decoded.length === 0) break;
      }
      if (decoded.length === 0) {
        const found = `not available (${failures[0]})`;
        findings.push(name === 'wasm' ? problem(title, found, remedy) : note(title, found, remedy));
      } else {
        const missing = failures.length > 0 ? `; ${failures.join('; ')}` : '';
        findings.push(ok(title, `decodes ${decoded.join(', ')}${name === 'wasm' ? ', not AV1' : ''}${missing}`));
      }
    }
    return findings;
  } catch (error) {
    return [problem('wasm decoder', reasonOf(error), decoders.wasm)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A few frames of a test picture. */
async function makeVideo(path: string, options: string[]): Promise<void> {
  const name = basename(path);
  const picture = ['-f', 'lavfi', '-i', 'testsrc=duration=0.4:size=64x64:rate=10'];
  await runFfmpeg(['-v', 'error', ...picture, ...options, '-pix_fmt', 'yuv420p', '-threads', '1', name], {
    outputs: { [name]: path },
  });
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
