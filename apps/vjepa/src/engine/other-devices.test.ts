import { join } from 'node:path';
import { nightly } from '@vjepa/test-kit/nightly';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { type PretrainingObserver, readMetrics } from '@vjepa/training';
import { findPlugin } from '@vjepa/xla';
import { beforeAll, describe, expect, it } from 'vitest';
import { runPretraining } from '../commands/run-pretraining.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { darkAndBright } from '../evaluate/evaluation.fixture.js';
import { type EngineOptions, openEngine } from './engine.js';

// Most of a test's time would be LLVM's; it is the runs that are tested.
process.env.XLA_FLAGS ??= '--xla_backend_optimization_level=0';

const found = findPlugin({ kind: 'cpu' });
if (found === undefined) console.warn("XLA's plug-in for CPUs is not installed: tests that need it are skipped");

const out = temporaryFolder('other-devices');
const on = (devices: number, more: EngineOptions = {}): EngineOptions => ({
  ...{ backend: 'xla', device: 'cpu', ...more },
  ...(devices > 1 && { devices: Array.from({ length: devices }, (_, i) => i) }),
});

describe.skipIf(found === undefined)('a run that goes on on other devices', { timeout: 300_000 }, () => {
  let data: Awaited<ReturnType<typeof darkAndBright>>;
  beforeAll(async () => {
    data = await darkAndBright({ train: 8, val: 1 });
  });

  async function losses(name: string, engine: EngineOptions, until = 6, ...more: string[]): Promise<number[]> {
    const { config } = loadPretrainingConfig(
      join(import.meta.dirname, '../../../../configs/pretrain/smoke.yaml'),
      [
        ...[`data.datasets=[${data.train}]`, 'data.batch_size=8', 'data.num_frames=4', 'data.crop_size=32'],
        ...['data.patch_size=8', 'data.sampling_rate=2', 'model.embed_dim=24', 'model.depth=1', 'data.decoder=wasm'],
        ...['model.pred_embed_dim=12', 'model.pred_depth=1', 'optimization.warmup=0', 'optimization.epochs=3'],
        ...['optimization.ipe=2', 'checkpoints.every=2', ...more],
      ].map(parseOverride),
    );
    const run = join(out, name);
    const stop: PretrainingObserver = {
      name: 'stop',
      step: ({ metrics: { step } }) => void (step === until && step < 6 && process.emit('SIGTERM', 'SIGTERM')),
    };
    const existing = readable(run) ? 'resume' : 'refuse';
    await runPretraining({ config, run, existing, engine, observers: [stop], print: () => {} });
    return readMetrics(join(run, 'metrics.jsonl')).map(({ loss }) => loss);
  }

  it.runIf(nightly)(
    'has the losses of one on one device: whole or in parts, more of them or fewer, with a batch in parts or not',
    async () => {
      const one = await losses('one', on(1));
      expect(one).toHaveLength(6);
      await losses('moved', on(4, { shardState: true }), 2);
      await losses('moved', on(2), 4, 'optimization.gradient_accumulation_steps=2');
      const moved = await losses('moved', on(8, { shardState: true }));
      for (const [t, loss] of one.entries()) expect(Math.abs(moved[t]! - loss), `step ${t + 1}`).toBeLessThan(1e-5);
    },
  );

  it('is refused where one device is to keep a part of the state', async () => {
    await expect(openEngine(on(1, { shardState: true }))).rejects.toThrow('--shard-state wants several devices of XLA');
    await expect(openEngine({ shardState: true })).rejects.toThrow('--shard-state wants several devices of XLA');
  });
});

function readable(run: string): boolean {
  try {
    return readMetrics(join(run, 'metrics.jsonl')).length > 0;
  } catch {
    return false;
  }
}
