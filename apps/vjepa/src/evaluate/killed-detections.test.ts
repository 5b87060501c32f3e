import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';
import { nightly } from '@vjepa/test-kit/nightly';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, requireBuild, startVjepa, trainingEngines, wait } from '../commands/vjepa-process.fixture.js';
import { brightAndDark, detectionConfig } from './detection.fixture.js';

// Slow: seven processes, most of whose time is starting.
const EPOCHS = 2000;
const { backend, dtype } = trainingEngines.at(-1)!;
const out = temporaryFolder('killed-detections');
const whole = join(out, 'whole');
let config: string;

function start(run: string, ...more: string[]) {
  const args = ['evaluate', '--config', config, '--backend', backend, '--run', run, ...more];
  return startVjepa(args, [`optimization.use_bfloat16=${dtype === 'bfloat16'}`]);
}

/** The rows of the log of the classifier's epochs. */
function rows(run: string): string[] {
  const path = join(run, 'jepa_r0.csv');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(1) : [];
}

function films(run: string): number {
  const folder = join(run, 'features');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.safetensors')).length : 0;
}

/** What a detection leaves: state, classifier, log and numbers. */
async function result(run: string) {
  const { config: _, path: __, ...numbers } = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
  const read = (name: string) => readSafetensors(join(run, name));
  const [state, classifier] = [await read('training-state.safetensors'), await read('classifier.safetensors')];
  return { state, classifier, rows: rows(run), numbers };
}

/** Starts a detection and sends it a signal once it is so far. */
async function interrupted(signal: NodeJS.Signals, run: string, isSoFar: () => boolean) {
  const child = start(run);
  const over = ended(child);
  while (!isSoFar() && child.exitCode === null) await wait(2);
  child.kill(signal);
  return over;
}

beforeAll(async () => {
  requireBuild();
  config = detectionConfig(await brightAndDark(), { num_epochs: EPOCHS, lr: 1e-3, start_lr: 1e-3 });
  const { code, stderr } = await ended(start(whole));
  expect(code, stderr).toBe(0);
}, 120_000);

describe('vjepa evaluate on AVA', { timeout: 120_000 }, () => {
  it.each([
    ['while its classifier is trained', 'SIGKILL', 'SIGKILL', (run: string) => rows(run).length > EPOCHS / 3],
    ['while it takes features', 'SIGINT', 130, (run: string) => films(run) >= 1],
    ...(nightly
      ? ([['while its classifier is trained', 'SIGTERM', 143, (run: string) => rows(run).length > EPOCHS / 4]] as const)
      : []),
  ] as const)(
    '%s, ended by %s and resumed, ends bit for bit as if never stopped',
    async (_when, signal, code, isSoFar) => {
      const run = join(out, signal);
      const stopped = await interrupted(signal, run, () => isSoFar(run));
      expect(stopped.code, stopped.stderr).toBe(code);
      expect(existsSync(join(run, 'results.json'))).toBe(false);
      if (signal !== 'SIGKILL') {
        expect(stopped.stderr).toMatch(new RegExp(`^${signal}: stopped; go on with: .* --resume$`, 'm'));
      }
      const trained = rows(run).length;
      const kept = films(run);
      const resumed = await ended(start(run, '--resume'));
      expect(resumed.code, resumed.stderr).toBe(0);
      if (trained > 0) expect(resumed.stderr).toMatch(/resuming after epoch [1-9]/);
      expect(resumed.stderr.match(/ boxes in /g)?.length ?? 0).toBe(4 - kept);
      expect(await result(run)).toEqual(await result(whole));
      expect(rows(run)).toHaveLength(EPOCHS);
    },
  );
});
