import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BROKEN_KINDS, type BrokenKind, writeBrokenVideos, writeGoodVideos } from '../data/broken-videos.fixture.js';
import { readVideos } from '../data/datasets.js';
import { npyOfPaths } from '../data/list-formats.fixture.js';
import { type ValidationReport, validate } from './validate.js';

let folder: string;
let broken: Record<BrokenKind, string>;
let good: string[];
beforeAll(async () => {
  folder = temporaryFolder('validate');
  broken = await writeBrokenVideos(join(folder, 'broken'));
  good = await writeGoodVideos(join(folder, 'good'), 3);
});
afterEach(() => vi.restoreAllMocks());

/** Runs the command on an index; its report and exit code. */
async function run(lines: string[], options: Partial<Parameters<typeof validate>[0]> = {}) {
  const index = join(folder, 'index.csv');
  writeFileSync(index, `${lines.join('\n')}\n`);
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  const defaults = { index, workers: 2, decoder: 'auto', minFrames: 2, timeLimit: 30, json: true } as const;
  const exitCode = await validate({ ...defaults, ...options });
  return { exitCode, report: JSON.parse(printed) as ValidationReport };
}

describe('validate', () => {
  it('names every one of ten kinds of bad files with its reason, and keeps the good ones', async () => {
    const output = join(folder, 'clean.csv');
    const lines = [...good.map((path, i) => `${path} ${i}`), ...Object.values(broken).map((path) => `${path} 7`)];
    const { exitCode, report } = await run(lines, { output });
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ total: 13, good: 3, duplicates: 0, codecs: { h264: 3 }, sizes: { '64x48': 3 } });
    const reasons = Object.fromEntries(report.bad.map(({ path, reason }) => [path, reason]));
    for (const kind of BROKEN_KINDS) expect(reasons[broken[kind]], kind).toMatch(/\w{3}/);
    expect(reasons[broken.missing]).toMatch(/No such file/);
    expect(reasons[broken.empty]).toMatch(/0 bytes/);
    expect(reasons[broken.truncated]).toMatch(/ends after \d+ bytes/);
    expect(reasons[broken['no-video-stream']]).toMatch(/no video stream/);
    expect(readFileSync(output, 'utf8')).toBe('good/good-000.mp4 0\ngood/good-001.mp4 1\ngood/good-002.mp4 2\n');
    expect(JSON.parse(readFileSync(join(folder, 'clean.report.json'), 'utf8'))).toEqual(report);
  });

  it('writes an index that every reader takes for what was checked', async () => {
    const names = ['with space.mp4', 'q"uote.mp4', 'com,ma.mp4', '#hash.mp4', 'take 2', 'a\nb.mp4'];
    const tree = join(folder, 'tree');
    for (const [i, name] of names.entries()) {
      mkdirSync(join(tree, `class ${i % 2}`), { recursive: true });
      copyFileSync(good[0]!, join(tree, `class ${i % 2}`, name));
    }
    copyFileSync(good[0]!, join(tree, 'plain.mp4'));
    const lines = names.map((name, i) => {
      const path = `tree/class ${i % 2}/${name}`.replaceAll('"', '""');
      return name === 'with space.mp4' ? `"${path}"` : `"${path}" ${i}`;
    });
    const output = join(folder, 'again.csv');
    expect((await run(lines, { output, quick: true })).report).toMatchObject({ total: 6, good: 6 });
    const index = await readVideos(join(folder, 'index.csv'));
    const written = await readVideos(output);
    expect(written.map(({ path, label }) => [path, label])).toEqual(index.map(({ path, label }) => [path, label]));

    const ofFolder = join(folder, 'of-folder.csv');
    await run([], { index: tree, output: ofFolder, quick: true });
    const classes = (videos: Awaited<ReturnType<typeof readVideos>>) =>
      videos.map(({ path, className }) => [path, className]);
    // A name without an extension is no video to a folder.
    expect(classes(await readVideos(ofFolder))).toEqual(classes(await readVideos(tree)));
    expect(classes(await readVideos(ofFolder))).toHaveLength(6);
  });

  it('reads a NumPy array of paths', async () => {
    const index = join(folder, 'index.npy');
    writeFileSync(index, npyOfPaths([good[0]!, broken.empty]));
    const output = join(folder, 'of-array.csv');
    const { exitCode, report } = await run([], { index, output });
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ total: 2, good: 1 });
    expect(readFileSync(output, 'utf8')).toBe('good/good-000.mp4 0\n');
  });

  it('checks a video once however often the index names it', async () => {
    const { exitCode, report } = await run([`${good[0]} 1`, `${good[0]} 1`, `${good[1]} 2`]);
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ total: 3, good: 3, duplicates: 1, bad: [] });
    expect(report.frames).toEqual({ total: 48, min: 24, median: 24, max: 24 });
  });

  describe('of videos behind http', () => {
    let server: Server;
    let status: (name: string) => number;
    const asked: string[] = [];
    beforeAll(async () => {
      server = createServer((request, response) => {
        const name = request.url!.slice(1).replace(/\?.*/, '');
        asked.push(name);
        const content = readFileSync(join(folder, 'good', name));
        const size = content.length;
        const code = status(name);
        if (code !== 206) return response.writeHead(code, { 'retry-after': '3600' }).end();
        return response.writeHead(206, { 'content-range': `bytes 0-${size - 1}/${size}` }).end(content);
      });
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    });
    afterAll(() => void server.close());
    // What was read once is not asked for again: each test has addresses of its own.
    const lines = (test: string) => {
      const { port } = server.address() as AddressInfo;
      return good.map((path) => `http://127.0.0.1:${port}/${basename(path)}?${test} 0`);
    };

    it('calls those that cannot be reached neither good nor bad', async () => {
      status = (name) => (name === 'good-001.mp4' ? 503 : 206);
      const output = join(folder, 'reached.csv');
      const { exitCode, report } = await run(lines('away'), { output });
      expect(exitCode).toBe(1);
      expect(report).toMatchObject({ total: 3, good: 2, bad: [] });
      expect(report.unreachable).toMatchObject([{ code: 'unavailable', reason: expect.stringMatching(/503/) }]);
      expect(readFileSync(output, 'utf8')).not.toContain('good-001');
    });

    it('asks once more, when all others are checked', async () => {
      let refusals = 0;
      status = (name) => (name === 'good-000.mp4' && refusals++ === 0 ? 503 : 206);
      asked.length = 0;
      const { exitCode, report } = await run(lines('again'), { workers: 1 });
      expect(report).toMatchObject({ good: 3, bad: [], unreachable: [] });
      expect(exitCode).toBe(0);
      expect([asked[0], asked.at(-1)]).toEqual(['good-000.mp4', 'good-000.mp4']);
    });
  });
});
