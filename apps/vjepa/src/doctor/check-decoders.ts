import { existsSync } from 'node:fs';
import { type DecoderName, checkDecoders as decodeSamples } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { type Finding, note, ok, problem } from './finding.js';

const remedies: Record<DecoderName, string> = {
  wasm: 'reinstall vjepa: ffmpeg.wasm comes with it',
  native: 'for faster decoding and AV1: npm install node-av@6.1.1',
  cli: 'for AV1 without node-av: install ffmpeg and have it on the PATH',
  nvdec: "to decode on the GPU: NVIDIA's driver with its video libraries, and npm install node-av@6.1.1",
};

/** Which decoders work, and for which codecs. One is enough: ffmpeg.wasm may be left out for its licence. */
export async function checkDecoders(): Promise<Finding[]> {
  const names = Object.keys(remedies) as DecoderName[];
  try {
    // Nobody without such a GPU wants to hear of it.
    const checks = await decodeSamples(names.filter((name) => name !== 'nvdec' || existsSync('/dev/nvidiactl')));
    const none = checks.every(({ decoded }) => decoded.length === 0);
    return checks.map(({ decoder, decoded, failed, reason }) => {
      const title = `${decoder} decoder`;
      if (decoded.length > 0) {
        return ok(title, `decodes ${decoded.join(', ')}${failed.length > 0 ? `; not ${failed.join(', ')}` : ''}`);
      }
      const found = `not available (${reason})`;
      return decoder === 'wasm' && none ? problem(title, found, remedies.wasm) : note(title, found, remedies[decoder]);
    });
  } catch (error) {
    return [problem('wasm decoder', reasonOf(error), remedies.wasm)];
  }
}
