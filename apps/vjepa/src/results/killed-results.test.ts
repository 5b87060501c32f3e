import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, requireBuild, startVjepa, wait } from '../commands/vjepa-process.fixture.js';

beforeAll(requireBuild);

/** Of a result, as it is said. */
const RESULT = /, seed 0: \d+\.\d %$/gm;

/** Starts the experiment and sends a signal some time after it has said so many results, or within its first work. */
async function stopped(
  folder: string,
  signal: NodeJS.Signals,
  { results, afterMs = 0 }: { results: number; afterMs?: number },
) {
  const child = startVjepa(['results', '--smoke', '--backend', 'wasm', '--folder', folder]);
  let stderr = '';
  let asked = false;
  child.stderr!.on('data', async (chunk: Buffer) => {
    stderr += chunk;
    if (asked || (stderr.match(RESULT)?.length ?? 0) < results) return;
    asked = true;
    await wait(afterMs);
    child.kill(signal);
  });
  return ended(child);
}

/** Each result that is there: its place, without what the clock says. */
function resultsIn(folder: string): Record<string, unknown> {
  const files = readdirSync(join(folder, 'cells'), { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    files
      .filter((file) => file.endsWith('result.json'))
      .map((file) => {
        const { seconds: _, ...numbers } = JSON.parse(readFileSync(join(folder, 'cells', file), 'utf8'));
        return [file, numbers];
      }),
  );
}

// Processes of the built command line, because they are stopped and killed. The first cells train end to end.
describe('vjepa results', { timeout: 600_000 }, () => {
  it('stopped by SIGINT saves and says how to go on; killed and called again it ends in equal numbers', async () => {
    const whole = join(temporaryFolder('results'), 'whole');
    const first = await stopped(whole, 'SIGINT', { results: 4 });
    expect(first.code, first.stderr).toBe(130);
    expect(first.stderr).toContain('SIGINT: finishing this step, then saving');
    expect(first.stderr).toMatch(/SIGINT: stopped; go on with: .*results --smoke --backend wasm --folder /);
    const expected = resultsIn(whole);
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(4);

    const killed = join(temporaryFolder('results'), 'killed');
    // Videos are the slow part, and made in the same way.
    cpSync(join(whole, 'videos'), join(killed, 'videos'), { recursive: true });
    for (const afterMs of [0, 150, 400]) {
      const { code, stderr } = await stopped(killed, 'SIGKILL', { results: 1, afterMs });
      expect(code, stderr).toBe('SIGKILL');
    }
    const file = Object.keys(resultsIn(killed))[0]!;
    const written = statSync(join(killed, 'cells', file)).mtimeMs;
    const last = await stopped(killed, 'SIGINT', { results: 1 });
    expect(last.code, last.stderr).toBe(130);
    expect(resultsIn(killed)).toMatchObject(expected);
    // What was there was not worked out again.
    expect(statSync(join(killed, 'cells', file)).mtimeMs).toBe(written);
    expect(existsSync(join(killed, 'results.md'))).toBe(false);

    const soFar = (folder: string) => startVjepa(['results', '--smoke', '--folder', folder, '--so-far']);
    expect(await ended(soFar(killed))).toMatchObject({ code: 0 });
    const { cells } = JSON.parse(readFileSync(join(killed, 'results', 'results.json'), 'utf8'));
    expect(cells).toHaveLength(Object.keys(resultsIn(killed)).length);
    expect(readFileSync(join(killed, 'results.md'), 'utf8')).toMatch(/\| V-JEPA, attentive probe \| – /);
    expect(await ended(soFar(join(killed, 'nowhere')))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing of this experiment is measured yet; run it without --so-far'),
    });
  });
});
