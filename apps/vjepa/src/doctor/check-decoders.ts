import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DecoderName, openVideo } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { codecSamples } from './codec-samples.js';
import { type Finding, note, ok, problem } from './finding.js';

const decoders: Record<DecoderName, string> = {
  wasm: 'reinstall vjepa: ffmpeg.wasm comes with it',
  native: 'for faster decoding and AV1: npm install node-av@6.1.1',
  cli: 'for AV1 without node-av: install ffmpeg and have it on the PATH',
  nvdec: "to decode on the GPU: NVIDIA's driver with its video libraries, and npm install node-av@6.1.1",
};

/** Which decoders work, and for which codecs, seen by decoding a small video of each. Only the built-in one is needed. */
export async function checkDecoders(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vjepa-doctor-'));
  try {
    const videos = Object.entries(codecSamples).map(([codec, { container, base64 }]) => {
      const path = join(folder, `${codec}.${container}`);
      writeFileSync(path, Buffer.from(base64, 'base64'));
      return { codec, path };
    });
    const findings: Finding[] = [];
    for (const [name, remedy] of Object.entries(decoders) as [DecoderName, string][]) {
      // Nobody without such a GPU wants to hear of it.
      if (name === 'nvdec' && !existsSync('/dev/nvidiactl')) continue;
      const title = `${name} decoder`;
      const decoded: string[] = [];
      const failed: string[] = [];
      let reason = '';
      for (const { codec, path } of videos) {
        const failure = await decodeWith(name, path);
        if (failure === undefined) decoded.push(codec);
        else failed.push(codec);
        reason = reason === '' && failure ? shortened(failure, path) : reason;
        // What cannot start decodes nothing.
        if (decoded.length === 0) break;
      }
      if (decoded.length > 0) {
        findings.push(
          ok(title, `decodes ${decoded.join(', ')}${failed.length > 0 ? `; not ${failed.join(', ')}` : ''}`),
        );
      } else {
        const found = `not available (${reason})`;
        findings.push(name === 'wasm' ? problem(title, found, remedy) : note(title, found, remedy));
      }
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
    await video.decode([0, 1]).finally(() => video.close());
    if (video.info.decoder !== decoder) return 'no CUDA device';
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The reason without the name of the test video, which says nothing to anyone. */
function shortened(reason: string, path: string): string {
  return reason.replace(`${path}: `, '').replace(/ \([a-z-]+\)$/, '');
}
