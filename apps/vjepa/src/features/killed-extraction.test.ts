import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, requireBuild, startVjepa, wait } from '../commands/vjepa-process.fixture.js';
import { runVjepa, SMALL_MODEL } from '../run-vjepa.fixture.js';
import { writeTwoVideos } from './two-videos.fixture.js';

const folder = temporaryFolder('killed-features');
const checkpoint = fixture('probe-small/encoder.pth.tar');

describe('an extraction that was killed half-way', () => {
  const many = join(folder, 'many');
  const files = 20;

  beforeAll(async () => {
    requireBuild();
    await writeTwoVideos(folder);
    mkdirSync(many);
    for (let i = 0; i < files; i++) copyFileSync(join(folder, i % 2 ? 'a.mp4' : 'b.mp4'), join(many, `${i}.mp4`));
  });

  const args = (output: string) => [
    ...['features', '--checkpoint', checkpoint, ...SMALL_MODEL, '--backend', 'wasm', '--decoder', 'wasm'],
    ...['--input', many, '--output', output],
  ];
  const journal = (output: string) => {
    const name = readdirSync(folder).find(
      (entry) => entry.startsWith(`${basename(output)}.`) && entry.endsWith('.partial'),
    );
    return name && join(folder, name, 'finished.jsonl');
  };
  const finished = (output: string) => {
    const file = journal(output);
    return file && existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  };

  async function killed(output: string, atLeast: number, more: string[] = []): Promise<number> {
    const child = startVjepa([...args(output), ...more]);
    const end = ended(child);
    while (finished(output) < atLeast && child.exitCode === null) await wait(5);
    expect(child.exitCode, 'it ended before it was killed').toBeNull();
    child.kill('SIGKILL');
    await end;
    return finished(output);
  }

  it.each([
    ['whole', []],
    ['prefixes', ['--prefix', '--pool', 'frames', '--layers', '1,2']],
  ])(
    'goes on with the same command and ends in the same bytes: %s',
    async (name, more) => {
      const [whole, stopped] = [join(folder, `${name}.npy`), join(folder, `${name}-stopped.npy`)];
      expect((await runVjepa(...args(whole), ...more)).code).toBe(0);
      const done = await killed(stopped, 5, more);
      expect(existsSync(stopped)).toBe(false);
      expect(done).toBeLessThan(files);
      // The last line was being written, and a row before it is not what it was.
      appendFileSync(journal(stopped)!, '{"file":"[\\"/videos/');
      const again = await killed(stopped, done + 1, more);
      const { code, stderr } = await runVjepa(...args(stopped), ...more);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(`going on: ${again} of ${files} files are done`);
      expect(readFileSync(stopped)).toEqual(readFileSync(whole));
      expect(readFileSync(`${stopped}.json`, 'utf8')).toBe(readFileSync(`${whole}.json`, 'utf8'));
      expect(journal(stopped)).toBeUndefined();
    },
    180_000,
  );

  it('makes anew what was altered on the disk', async () => {
    const [whole, altered] = [join(folder, 'whole.npy'), join(folder, 'altered.npy')];
    await killed(altered, 4);
    const data = join(dirname(journal(altered)!), 'features');
    const bytes = readFileSync(data);
    bytes[2 * 18 * 48 * 4 + 5]! ^= 1; // in the third row
    writeFileSync(data, bytes);
    const { stderr } = await runVjepa(...args(altered));
    expect(stderr).toContain(`going on: 2 of ${files} files are done`);
    expect(readFileSync(altered)).toEqual(readFileSync(whole));
  }, 180_000);

  it('is not mixed with one of other settings', async () => {
    const output = join(folder, 'mixed.npy');
    await killed(output, 2);
    const { stderr } = await runVjepa(...args(output), '--pool', 'mean');
    expect(stderr).toMatch(/mixed\.npy\.[0-9a-f]{12}\.partial holds what is done of an extraction with other settings/);
    expect(stderr).not.toContain('going on');
    expect(JSON.parse(readFileSync(`${output}.json`, 'utf8')).shape).toEqual([files, 48]);
    expect(finished(output)).toBeGreaterThanOrEqual(2);
  }, 180_000);
});
