import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import { mersenneTwister } from '@vjepa/random';
import { nightly } from '@vjepa/test-kit/nightly';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { untrainedRun } from '../checkpoint/untrained-run.fixture.js';
import {
  ended,
  requireBuild,
  startVjepa,
  type TrainingEngine,
  trainingEngines,
  wait,
} from '../commands/vjepa-process.fixture.js';
import { darkAndBright, videoConfig } from './evaluation.fixture.js';

// Slow: each training is several processes, most of whose time is starting.
const EPOCHS = 12;
const out = temporaryFolder('killed');
const STATE_FILE = 'training-state.safetensors';
const configs: Record<string, string> = {};
/** What `vjepa decode train` is told. */
let decoding: string[];

/** The rows of the log of epochs. */
function rows(run: string): string[] {
  const log = ['jepa_r0.csv', 'decoder_r0.csv'].map((name) => join(run, name)).find((path) => existsSync(path));
  return log === undefined ? [] : readFileSync(log, 'utf8').trim().split('\n').slice(1);
}

function start(task: string, { backend, dtype }: TrainingEngine, run: string, workers: number, ...more: string[]) {
  if (task === 'decode train') {
    const computing = ['--backend', backend, '--precision', dtype, '--workers', String(workers)];
    return startVjepa(['decode', 'train', ...decoding, ...computing, '--output', run, ...more]);
  }
  const [command, cached] = task.split(' ') as [string, string | undefined];
  const overrides = [`optimization.use_bfloat16=${dtype === 'bfloat16'}`, `num_workers=${workers}`];
  const cache = cached === undefined ? [] : ['--cache', join(run, 'features')];
  const args = ['--config', configs[command]!, '--backend', backend, '--run', run, ...cache, ...more];
  return startVjepa([command, ...args], overrides);
}

/** What a training leaves: its state, its log, its model and its numbers. */
async function result(run: string) {
  const { config: _, path: __, ...numbers } = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
  return { state: await readSafetensors(join(run, STATE_FILE)), rows: rows(run), numbers, model: await modelOf(run) };
}

async function modelOf(run: string) {
  const decoder = join(run, 'decoder.safetensors');
  if (existsSync(decoder)) return readSafetensors(decoder);
  const model = await readStateDict(join(run, 'jepa-latest.pth.tar'), 'classifier');
  const parameters: Record<string, Float32Array> = {};
  for (const [name, tensor] of model.tensors) parameters[name] = await tensor.readFloat32();
  await model.close();
  return parameters;
}

/** Kills a training at some moment after so many epochs, once it has saved. Resolves to how it ended. */
async function killed(child: ChildProcess, run: string, epochs: number, delay: number) {
  const over = ended(child);
  const saved = () => existsSync(join(run, STATE_FILE));
  while ((rows(run).length < epochs || !saved()) && child.exitCode === null) await wait(5);
  await wait(delay);
  child.kill('SIGKILL');
  return over;
}

beforeAll(async () => {
  requireBuild();
  const data = await darkAndBright({ train: 8, val: 4 });
  const path = videoConfig(data.folder, data);
  const { pretrain, data: videos, optimization, ...evaluation } = parse(readFileSync(path, 'utf8'));
  const write = (command: string, config: object) => {
    configs[command] = join(data.folder, `${command}.yaml`);
    writeFileSync(configs[command]!, stringify(config));
  };
  // Every step's gradients are clipped, so that the norm's last bit is in every parameter.
  const clipped = { clip_grad: 0.001, num_epochs: EPOCHS };
  write('evaluate', { ...evaluation, pretrain, data: videos, optimization: { ...optimization, ...clipped } });
  write('finetune', {
    ...{ eval_name: 'video_classification_finetuning', pretrain, data: videos, head: { dropout: 0.1 } },
    optimization: { ...clipped, resolution: 48, batch_size: 4, warmup: 1, lr: 1e-3, start_lr: 1e-5, final_lr: 1e-5 },
    ...{ validate_every: EPOCHS, decoder: 'wasm' },
  });
  const small = ['model.depth=2', 'model.pred_depth=1', 'data.crop_size=32', 'data.patch_size=8'];
  const { run } = await untrainedRun(join(out, 'pretrained'), ...small);
  decoding = [
    ...['--run', run, '--data', data.train, '--val', data.val, '--video-decoder', 'wasm'],
    ...['--width', '24', '--depth', '1', '--heads', '2', '--epochs', String(EPOCHS), '--batch-size', '4'],
  ];
});

/** Every task on every engine at night, on one of them by day. */
const TASKS = ['evaluate', 'evaluate cached', 'finetune', 'decode train'];
const trainings = TASKS.flatMap((task, i) => {
  const engines = nightly ? trainingEngines : [trainingEngines[i % trainingEngines.length]!];
  return engines.map((engine) => ({ task, ...engine }));
});

describe.each(trainings)(
  'vjepa $task, clipped, on $backend in $dtype,',
  { timeout: 300_000 },
  ({ task, ...engine }) => {
    const name = `${task.replace(' ', '-')}-${engine.backend}-${engine.dtype}`;
    const whole = join(out, name);
    beforeAll(async () => {
      const { code, stderr } = await ended(start(task, engine, whole, 1));
      expect(code, stderr).toBe(0);
    }, 120_000);

    it('killed and resumed with two workers, ends bit for bit as if never stopped', async () => {
      const random = mersenneTwister(crc32(name));
      const run = join(out, `${name}-killed`);
      const until = 1 + (random.nextUint32() % 7);
      const { code, stderr } = await killed(start(task, engine, run, 2), run, until, random.nextUint32() % 100);
      expect(code, stderr).toBe('SIGKILL');
      expect(await ended(start(task, engine, run, 2, '--resume'))).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/resuming after epoch \d/),
      });
      expect(await result(run)).toEqual(await result(whole));
      expect(rows(run)).toHaveLength(EPOCHS);
    });
  },
);
