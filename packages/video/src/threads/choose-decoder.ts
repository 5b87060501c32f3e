import { createRequire } from 'node:module';
import type { DecoderName } from '../decoders/decoder.js';
import { VideoError } from '../video-error.js';
import { compileFfmpeg } from '../wasm/core-module.js';
import { DecodeThread } from './decode-thread.js';
import type { ThreadSettings } from './messages.js';

/** Which decoder is used, and why. */
export interface DecoderChoice {
  decoder: DecoderName;
  /** One sentence, for logs. */
  reason: string;
}

/**
 * Fastest first: measured in clips per second, native is two to three times as fast as wasm. NVIDIA's decoder chip is
 * not among them: whether it pays depends on the GPU's other work, so it is used where it is asked for.
 */
const ORDER: readonly DecoderName[] = ['native', 'wasm', 'cli'];
const READY_MS = 20_000;

const require = createRequire(import.meta.url);
const checks = new Map<DecoderName, Promise<VideoError | undefined>>();
let automatic: Promise<DecoderChoice> | undefined;
let withoutDevice: Promise<DecoderChoice> | undefined;

/**
 * The decoder to use: the one asked for, or for `auto` the fastest that works on this machine, found out once per
 * process by starting it in a thread of its own. Where `nvdec` is asked for and there is no such device, it is the
 * fastest software decoder, and the reason and one process warning say so.
 * @throws VideoError `decoder-unavailable` with what to install
 */
export async function chooseDecoder(wanted: 'auto' | DecoderName = 'auto'): Promise<DecoderChoice> {
  if (wanted === 'auto') {
    automatic ??= chooseFastest();
    return automatic;
  }
  const problem = await decoderProblem(wanted);
  if (problem && wanted === 'nvdec') {
    withoutDevice ??= softwareInstead(problem);
    return withoutDevice;
  }
  if (problem) throw problem;
  return { decoder: wanted, reason: `decoder "${wanted}" was asked for` };
}

async function chooseFastest(): Promise<DecoderChoice> {
  const problems: string[] = [];
  for (const decoder of ORDER) {
    const problem = await decoderProblem(decoder);
    if (!problem) {
      const why = problems.length === 0 ? 'it is the fastest' : problems.join('; ');
      return { decoder, reason: `decoder "${decoder}" was chosen: ${why}` };
    }
    problems.push(`"${decoder}" does not work here (${problem.reason})`);
  }
  throw new VideoError('decoder-unavailable', 'auto', problems.join('; '));
}

/** Called once per process, so that the warning comes once. */
async function softwareInstead(problem: VideoError): Promise<DecoderChoice> {
  const { decoder, reason } = await chooseDecoder('auto');
  const said = `decoder "nvdec" does not work here (${problem.reason}); ${reason}`;
  process.emitWarning(said);
  return { decoder, reason: said };
}

/** What keeps a decoder from working on this machine; undefined when nothing does. */
function decoderProblem(decoder: DecoderName): Promise<VideoError | undefined> {
  let check = checks.get(decoder);
  if (!check) {
    check = tryDecoder(decoder);
    checks.set(decoder, check);
  }
  return check;
}

async function tryDecoder(decoder: DecoderName): Promise<VideoError | undefined> {
  if ((decoder === 'native' || decoder === 'nvdec') && !isInstalled('node-av/lib')) {
    return new VideoError('decoder-unavailable', 'node-av', 'node-av is not installed: npm install node-av@6.1.1');
  }
  try {
    const thread = new DecodeThread(await threadSettings(decoder));
    try {
      await thread.call({ kind: 'ready', timeoutMs: READY_MS }, decoder);
    } finally {
      await thread.terminate();
    }
    return undefined;
  } catch (error) {
    return VideoError.from(error, decoder, 'decoder-unavailable');
  }
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** What a thread for this decoder is started with. */
export async function threadSettings(decoder: DecoderName, countFrames = false): Promise<ThreadSettings> {
  return { decoder, module: decoder === 'wasm' ? await compileFfmpeg() : undefined, countFrames };
}
