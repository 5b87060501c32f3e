import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as engine from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as training from './index.js';

const { planPretraining, pretrain } = training;
const folder = temporaryFolder('fifteen-lines');
const here = process.cwd();

beforeAll(async () => {
  process.chdir(folder);
  mkdirSync('my_videos');
  for (let i = 0; i < 6; i++) {
    const data = Uint8Array.from({ length: 40 * 48 * 64 * 3 }, (_, j) => (j * (2 * i + 3) + (j >> 7)) & 255);
    const frames = { data, frames: 40, height: 48, width: 64 };
    await encodeVideo({ frames, rate: 10, output: join('my_videos', `${i}.mp4`) });
  }
});
afterAll(() => process.chdir(here));

/** A program of some modules, run on sources: what it printed. */
async function printed(text: string): Promise<unknown[]> {
  const modules = { '@vjepa/engine': engine, '@vjepa/training': training };
  const body = text.replaceAll(/^import (\{.*\}) from ('.*');$/gm, 'const $1 = modules[$2];');
  const lines: unknown[] = [];
  const program = Object.getPrototypeOf(async () => {}).constructor('modules', 'console', body);
  await program(modules, { log: (line: unknown) => lines.push(line) });
  return lines;
}

/** A tiny run of nine steps on WebAssembly. */
const tiny = (run: string, more: Partial<training.PretrainingOptions> = {}, epochs = 3) =>
  pretrain({
    plan: planPretraining({
      videos: 'my_videos',
      model: 'vit_tiny',
      epochs,
      stepsPerEpoch: 3,
      batchSize: 2,
      encoder: { numFrames: 4, imageSize: 32, patchSize: 8, embedDim: 24, depth: 1 },
      predictor: { embedDim: 12, depth: 1 },
      // Every step's gradients are clipped, so that the norm's last bit is in every parameter.
      optimization: { clipNorm: 0.001, warmupEpochs: 0 },
      checkpoints: { every: 2 },
    }),
    folder: run,
    engine: () => engine.openEngine({ backend: 'wasm' }),
    print: () => {},
    ...more,
  });

describe('fifteen lines', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n(.*?)```/s.exec(readme)![1]!;

  it('of the README pretrain on a folder of videos', { timeout: 120_000 }, async () => {
    const [line] = await printed(example);
    // Five passes over six videos in batches of four.
    expect(line).toBe('5 steps; the encoder is in runs/first/checkpoints/step-00000005.safetensors');
    expect(training.readMetrics('runs/first/metrics.jsonl').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    const { kind, settings } = JSON.parse(readFileSync('runs/first/settings.json', 'utf8'));
    expect({ kind, ...settings }).toMatchObject({ kind: 'pretraining', batchSize: 4, clips: { frameStep: 4 } });
    await expect(printed(example)).rejects.toThrow("Continue the run with `existing: 'resume'`");
  });

  it('of the README pretrain V-JEPA 2, and cool it down with longer clips', { timeout: 120_000 }, async () => {
    const [, ofVjepa2] = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
    expect(ofVjepa2).toContain('vjepa2_vit_tiny');
    await printed(ofVjepa2!);
    expect(training.readMetrics('runs/long/metrics.jsonl')).toHaveLength(10);
    const rates = training.readMetrics('runs/cool-down/metrics.jsonl').map((step) => step.learning_rate);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    expect(rates).toHaveLength(5);
  });
});

describe('a run from TypeScript', { timeout: 120_000 }, () => {
  const state = async (run: string) => (await training.loadNewestCheckpoint(join(run, 'checkpoints'), () => {})).state;

  it('stopped and resumed, ends bit for bit as if it had never been', async () => {
    expect(await tiny('whole')).toMatchObject({ steps: 9, stopped: false });
    const stopping = new AbortController();
    const observer = {
      name: 'the test',
      step: ({ metrics }: training.ObservedStep) => void (metrics.step === 5 && stopping.abort('enough: saving')),
    };
    const lines: string[] = [];
    const stopped = await tiny('stopped', {
      observers: [observer],
      signal: stopping.signal,
      print: (line) => lines.push(line),
    });
    expect(stopped).toMatchObject({ steps: 5, stopped: true });
    expect(lines).toContain('enough: saving');
    expect(await tiny('stopped', { existing: 'resume' })).toMatchObject({ steps: 9, stopped: false });
    expect(await state('stopped')).toEqual(await state('whole'));
  });

  it('says in what its settings have changed', async () => {
    const lines: string[] = [];
    await tiny('stopped', { existing: 'resume', print: (line) => lines.push(line) }, 4);
    expect(lines).toContain('note: config changed, epochs: 3 -> 4');
  });

  it('is measured by evaluators that read its state, and goes on without what one cannot measure', async () => {
    const lines: string[] = [];
    const measured: number[] = [];
    const evaluator: training.Evaluator = {
      name: 'the norm',
      every: 4,
      open: async ({ plan }) => ({
        async measure(model, step) {
          measured.push(step);
          if (step === 4) throw new Error('no luck');
          const weight = (await model.readState(['encoder'])).encoder['norm.weight'];
          expect(weight?.shape).toEqual([plan.encoder.embedDim]);
          return { metrics: { norm: Number(weight!.data[0]) }, line: `norm at ${step}` };
        },
        dispose: () => void measured.push(-1),
      }),
    };
    await tiny('evaluated', { evaluators: [evaluator], print: (line) => lines.push(line) });
    expect(measured).toEqual([1, 4, 8, 9, -1]);
    const found = training.readMetrics(join('evaluated', 'metrics.jsonl'));
    expect(found.filter(({ norm }) => norm !== undefined).map(({ step }) => step)).toEqual([1, 8, 9]);
    expect(lines).toContain('norm at 1');
    expect(lines).toContain('warning: step 4: the norm failed and is left out: no luck');
    expect(await state('evaluated')).toEqual(await state('whole'));
  });

  it('names videos that are not there, and how to name others', async () => {
    const plan = planPretraining({ videos: 'nowhere', model: 'vit_tiny', epochs: 1 });
    await expect(pretrain({ plan, folder: 'lost', print: () => {} })).rejects.toThrow(
      /nowhere.*does not exist.*; name your folder or list of videos with `videos: FOLDER`/,
    );
  });
});
