import '@vjepa/test-kit/all-close';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';
import { findTensorFlow } from '@vjepa/tensorflow';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { checkpointPath, loadCheckpoint, type PretrainingObserver, readMetrics } from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { featuresFromCommandLine } from '../commands/features-from-command-line.js';
import { runPretraining } from '../commands/run-pretraining.js';
import { loadEvaluationConfig, loadFineTuningConfig, loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { darkAndBright, videoConfig } from '../evaluate/evaluation.fixture.js';
import { evaluateConfig, fineTuneConfig } from '../evaluate/run-config.js';
import type { EngineOptions } from './engine.js';

const two: EngineOptions = { devices: ['/device:CPU:0', '/device:CPU:1'] };
const one: EngineOptions = { backend: 'tensorflow', device: 'cpu' };
const out = temporaryFolder('devices');
const quiet = { print: () => {} };
const overrides = (...pairs: string[]) => pairs.map(parseOverride);

describe.skipIf((await findTensorFlow()) === undefined)('on two devices', { timeout: 300_000 }, () => {
  let data: Awaited<ReturnType<typeof darkAndBright>>;
  beforeAll(async () => {
    data = await darkAndBright({ train: 7, val: 5 });
  });

  it('an evaluation trains and counts as on one, with batches that two cannot share', async () => {
    const { config } = loadEvaluationConfig(videoConfig(data.folder, data, { sweep: { lr: [1e-2, 1e-5] } }));
    const run = async (name: string, engine: EngineOptions) => {
      const path = join(out, name);
      const { trainings } = await evaluateConfig({ config, run: path, allowMissing: 0, engine, ...quiet });
      return { trainings, rows: numbers(readFileSync(join(path, 'jepa_r0.csv'), 'utf8')) };
    };
    const [expected, actual] = [await run('evaluate-one', one), await run('evaluate-two', two)];
    const validations = ({ trainings }: typeof expected) => trainings[0]!.probes.map(({ validation }) => validation);
    expect(validations(actual)).toEqual(validations(expected));
    expect(validations(actual)[0]!.count).toBe(5);
    expectClose(actual.rows, expected.rows);
  });

  it('features are those of one, each file once', async () => {
    const extract = async (name: string, engine: EngineOptions) => {
      const output = join(out, name);
      await featuresFromCommandLine({
        ...engine,
        ...{ checkpoint: fixture('probe-small/encoder.pth.tar'), model: 'vit_tiny', embedDim: 48, depth: 2 },
        ...{ numHeads: 3, resolution: 48, frames: 4, input: [data.val, join(out, 'broken.mp4')], output },
        ...{ recursive: true, clips: 3, views: 1, pool: 'none', decoder: 'wasm', precision: 'float32', workers: 1 },
      });
      return readSafetensors(output);
    };
    writeFileSync(join(out, 'broken.mp4'), 'no video');
    const [expected, actual] = [await extract('one.safetensors', one), await extract('two.safetensors', two)];
    expect(actual.features!.shape.slice(0, 2)).toEqual([5, 3]);
    expect(actual.features).toEqual(expected.features);
    expect(actual.labels).toEqual(expected.labels);
  });

  it('fine-tuning is that of one, with mixing, stochastic depth and dropout', async () => {
    const base = parse(readFileSync(videoConfig(data.folder, data), 'utf8'));
    const file = join(out, 'finetune.yaml');
    const optimization = {
      ...{ resolution: 48, num_epochs: 2, batch_size: 3, repeated_sampling: 2, warmup: 0, lr: 1e-3, start_lr: 1e-3 },
      ...{ final_lr: 1e-4, drop_path: 0.3, mix_probability: 1 },
    };
    writeFileSync(
      file,
      stringify({
        ...{ eval_name: 'video_classification_finetuning', pretrain: base.pretrain, data: base.data },
        ...{ head: { dropout: 0.3 }, optimization, decoder: 'wasm' },
      }),
    );
    const run = async (name: string, engine: EngineOptions, ...more: string[]) => {
      const { config } = loadFineTuningConfig(file, overrides(...more));
      const outcome = await fineTuneConfig({
        config,
        run: join(out, name),
        allowMissing: 0,
        engine,
        ...quiet,
      });
      if (outcome.stopped) throw new Error('nobody stopped it');
      const { trainLoss, validation } = outcome;
      return { trainLoss, count: validation.count, confusion: validation.confusion };
    };
    const [expected, actual] = [await run('finetune-one', one), await run('finetune-two', two)];
    expect(actual).toEqual({ ...expected, trainLoss: expect.closeTo(expected.trainLoss, 4) });
    await expect(run('uneven', two, 'optimization.repeated_sampling=1')).rejects.toThrow(
      '--devices: optimization.batch_size x optimization.repeated_sampling is 3, which 2 devices cannot share equally; ' +
        'make it a multiple of 2',
    );
  });

  it('pretraining is that of one, also when it goes on from a checkpoint', async () => {
    const run = async (name: string, engine: EngineOptions, epochs: number, existing: 'refuse' | 'resume') => {
      const { config } = loadPretrainingConfig(
        join(import.meta.dirname, '../../../../configs/pretrain/smoke.yaml'),
        overrides(
          ...[`data.datasets=[${data.train}]`, 'data.batch_size=4', 'data.num_frames=4', 'data.crop_size=32'],
          ...['data.patch_size=8', 'data.sampling_rate=2', 'model.embed_dim=24', 'model.depth=1', 'data.decoder=wasm'],
          ...['model.pred_embed_dim=12', 'model.pred_depth=1', 'optimization.clip_grad=0.001', 'optimization.warmup=0'],
          ...[`optimization.epochs=3`, 'optimization.ipe=2', 'checkpoints.every=2', 'logging.statistics=true'],
        ),
      );
      const path = join(out, name);
      const stopping: PretrainingObserver = {
        name: 'stop',
        step: ({ metrics: { step } }) => void (step === 2 * epochs && epochs < 3 && process.emit('SIGTERM', 'SIGTERM')),
      };
      await runPretraining({ config, run: path, existing, engine, observers: [stopping], ...quiet });
      const state = (await loadCheckpoint(checkpointPath(join(path, 'checkpoints'), 2 * epochs))).state;
      const metrics = readMetrics(join(path, 'metrics.jsonl')).map(
        ({ step_ms, data_ms, compute_ms, rss_mb, clips_per_second, model_flops_per_second, time, ...others }) => others,
      );
      return { state, metrics };
    };
    const whole = await run('pretrain-two', two, 3, 'refuse');
    await run('pretrain-resumed', two, 1, 'refuse');
    const resumed = await run('pretrain-resumed', two, 3, 'resume');
    expect(resumed).toEqual(whole);
    const single = await run('pretrain-one', one, 3, 'refuse');
    for (const [t, step] of single.metrics.entries()) {
      expect(Object.keys(whole.metrics[t]!)).toEqual(Object.keys(step));
      const [expected, actual] = [step, whole.metrics[t]!].map((of) => Object.values(of).flat() as number[]);
      expectClose(actual!, expected!);
    }
    const [session] = JSON.parse(readFileSync(join(out, 'pretrain-two', 'environment.json'), 'utf8'));
    expect(session.engine).toContain('/device:CPU:0, /device:CPU:1');
  });
});

function numbers(csv: string): number[] {
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((row) => row.split(',').map(Number));
}

/** Each number to a thousandth. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toBeAllClose(expected, { rtol: 1e-3, atol: 1e-6 });
}
