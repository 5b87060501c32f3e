import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mersenneTwister, NumpyRandom } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { hardFiles, makeHardFiles } from './hard-files.fixture.js';
import { openVideo } from './open-video.js';
import { VideoError } from './video-error.js';

// Set VJEPA_MUTATED_FILES=2000 for the full run; the normal suite does a sample of it.
const count = Number(process.env.VJEPA_MUTATED_FILES ?? 24);
const folder = process.env.VJEPA_HARD_FILES ?? temporaryFolder('mutated');
const decoders = await availableDecoders();
const TIME_LIMIT_MS = 10_000;

beforeAll(() => makeHardFiles(folder), 120_000);

/** File number `i`: one of the hard files with bits flipped, a piece cut out, its end lost, or another one's head. */
function mutatedFile(i: number): { name: string; bytes: Buffer } {
  const random = new NumpyRandom(mersenneTwister(i));
  const pick = () => hardFiles[random.integer(0, hardFiles.length)]!.name;
  const name = pick();
  const bytes = Buffer.from(readFileSync(join(folder, name)));
  const position = () => random.integer(0, bytes.length);
  switch (i % 5) {
    case 0:
      for (let flips = random.integer(1, 40); flips > 0; flips--) bytes[position()]! ^= 1 << random.integer(0, 8);
      return { name, bytes };
    case 1:
      return { name, bytes: bytes.subarray(0, position()) };
    case 2: {
      const start = position();
      return {
        name,
        bytes: Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + random.integer(1, 4000))]),
      };
    }
    case 3: {
      const head = readFileSync(join(folder, pick())).subarray(0, random.integer(8, 2000));
      return { name, bytes: Buffer.concat([head, bytes.subarray(head.length)]) };
    }
    default:
      // Headers are where sizes and counts are: flip bits there.
      for (let flips = random.integer(1, 16); flips > 0; flips--) {
        bytes[random.integer(0, Math.min(1200, bytes.length))]! ^= 1 << random.integer(0, 8);
      }
      return { name, bytes };
  }
}

it.for(decoders)(
  `%s: each of ${count} damaged files gives frames or a typed error within its time limit`,
  { timeout: 600_000 + count * TIME_LIMIT_MS },
  async (decoder) => {
    const outcomes = new Map<string, number>();
    const worker = async (first: number, step: number) => {
      for (let i = first; i < count; i += step) {
        const { name, bytes } = mutatedFile(i);
        const path = join(folder, `mutated-${decoder}-${i}-${name}`);
        writeFileSync(path, bytes);
        const started = performance.now();
        const outcome = await tryFile(path, decoder);
        rmSync(path);
        expect(performance.now() - started, `${path}: ${outcome}`).toBeLessThan(2 * TIME_LIMIT_MS + 6000);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    };
    await Promise.all([worker(0, 2), worker(1, 2)]);
    if (count > 100) console.log(decoder, Object.fromEntries(outcomes));
    expect([...outcomes.values()].reduce((sum, each) => sum + each, 0)).toBe(count);
    expect(outcomes.get('frames')).toBeGreaterThan(0);
  },
);

/** What came of a file: `frames`, or the code of its error. Anything but a `VideoError` fails the test. */
async function tryFile(path: string, decoder: (typeof decoders)[number]): Promise<string> {
  try {
    const video = await openVideo(path, { decoder, timeoutMs: TIME_LIMIT_MS, indexCache: false });
    const last = video.info.frames - 1;
    const { data, frames, height, width } = await video.decode([0, last >> 1, last]);
    expect(data.length).toBe(frames * height * width * 3);
    return 'frames';
  } catch (error) {
    if (!(error instanceof VideoError)) throw error;
    expect(error.path).toBe(path);
    expect(error.reason).not.toBe('');
    return error.code;
  }
}
