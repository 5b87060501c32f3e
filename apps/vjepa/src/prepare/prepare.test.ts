import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { copyPath, encodeVideo } from '@vjepa/video';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { npyOfPaths } from '../data/list-formats.fixture.js';
import { prepare } from './prepare.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const settings = { shortSide: 32, gop: 4, crf: 20, workers: 2, ffmpeg: 'wasm', timeLimit: 60, json: true } as const;

async function run(options: Parameters<typeof prepare>[0]) {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  return { exitCode: await prepare(options), result: JSON.parse(printed) };
}

describe('prepare', () => {
  it('writes an index of the copies, counts what was made and kept, and lists what failed', async () => {
    const folder = temporaryFolder('prepare');
    const source = join(folder, 'wide clip.mp4');
    const data = Uint8Array.from({ length: 10 * 48 * 96 * 3 }, (_, i) => (i * 7) & 255);
    await encodeVideo({ frames: { data, frames: 10, height: 48, width: 96 }, rate: 10, output: source });
    writeFileSync(join(folder, 'text.mp4'), 'not a video');
    const index = join(folder, 'index.csv');
    writeFileSync(index, `${source} 4\ntext.mp4 5\n`);
    const output = join(folder, 'small');

    const first = await run({ ...settings, index, output });
    expect(first).toMatchObject({ exitCode: 1, result: { made: 1, kept: 0, transcoder: 'ffmpeg.wasm' } });
    expect(first.result.bad).toEqual([
      { path: join(folder, 'text.mp4'), reason: expect.stringMatching(/^(?!.*text\.mp4: ).*Invalid data/) },
    ]);
    const copy = copyPath(output, source);
    expect(readFileSync(join(output, 'index.csv'), 'utf8')).toBe(`${copy.slice(output.length + 1)} 4\n`);

    const array = join(folder, 'index.npy');
    writeFileSync(array, npyOfPaths([source]));
    expect((await run({ ...settings, index: array, output })).result).toMatchObject({ made: 0, kept: 1 });
    expect(readFileSync(join(output, 'index.csv'), 'utf8')).toBe(`${copy.slice(output.length + 1)} 0\n`);
  });

  it('names the options that would have to be others', async () => {
    const folder = temporaryFolder('prepare');
    const index = join(folder, 'index.csv');
    writeFileSync(index, 'none.mp4 0\n');
    const options = { ...settings, index, output: join(folder, 'small') };
    await run(options);
    await expect(run({ ...options, gop: 8 })).rejects.toThrow(
      /made with .*"gop": 4.*now asked for .*"gop": 8.*: use the same settings or another --output$/,
    );
    vi.stubEnv('FFMPEG_PATH', join(folder, 'none'));
    await expect(run({ ...options, ffmpeg: 'cli' })).rejects.toThrow(
      /^--ffmpeg cli: .*none does not start or has no libx264: install FFmpeg, set FFMPEG_PATH, or use --ffmpeg wasm$/,
    );
  });
});
