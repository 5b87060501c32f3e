import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecoderName } from '../decoders/decoder.js';
import { openVideo } from '../open-video.js';
import { VideoError } from '../video-error.js';
import { codecSamples } from './codec-samples.js';

/** What a decoder does here. */
export interface DecoderCheck {
  decoder: DecoderName;
  /** Codecs it decodes, such as `h264`; none where it cannot be used. */
  decoded: string[];
  /** Codecs it does not decode; where it cannot be used only the first is tried. */
  failed: string[];
  /** Of the first failure. */
  reason: string | undefined;
}

/** Says which decoders work on this machine, and for which codecs, by decoding a small video of each. */
export async function checkDecoders(decoders: readonly DecoderName[]): Promise<DecoderCheck[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vjepa-decoders-'));
  try {
    const samples = Object.entries(codecSamples).map(([codec, { container, base64 }]) => {
      const path = join(folder, `${codec}.${container}`);
      writeFileSync(path, Buffer.from(base64, 'base64'));
      return { codec, path };
    });
    const checks: DecoderCheck[] = [];
    for (const decoder of decoders) checks.push(await checkDecoder(decoder, samples));
    return checks;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkDecoder(decoder: DecoderName, samples: readonly { codec: string; path: string }[]) {
  const check: DecoderCheck = { decoder, decoded: [], failed: [], reason: undefined };
  for (const { codec, path } of samples) {
    const failure = await decodeWith(decoder, path);
    if (failure === undefined) check.decoded.push(codec);
    else check.failed.push(codec);
    check.reason ??= failure;
    // What cannot start decodes nothing.
    if (check.decoded.length === 0) break;
  }
  return check;
}

/** Why the first frames cannot be decoded. */
async function decodeWith(decoder: DecoderName, path: string): Promise<string | undefined> {
  try {
    const video = await openVideo(path, { decoder });
    await video.decode([0, 1]).finally(() => video.close());
    return video.info.decoder === decoder ? undefined : 'no CUDA device';
  } catch (error) {
    const failure = VideoError.from(error, path);
    // The program that does not start is named; the sample is not.
    return failure.path === path ? failure.reason : `${failure.path}: ${failure.reason}`;
  }
}
