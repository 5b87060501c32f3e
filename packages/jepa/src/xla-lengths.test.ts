import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bindStep } from '@vjepa/engine';
import { nightly } from '@vjepa/test-kit/nightly';
import { initializeEncoder, initializePredictor, predictorConfig } from '@vjepa/vit';
import { type CompiledStep, compileStep, findPlugin, openPlugin } from '@vjepa/xla';
import { describe, expect, it } from 'vitest';
import { initialPretrainingState, pretrainingStep } from './index.js';
import { clipsOf, encoder, generator, mask } from './small-pretraining.fixture.js';

// Most of a test's time would be LLVM's; it is the steps that are tested.
process.env.XLA_FLAGS ??= '--xla_backend_optimization_level=0';

const found = findPlugin({ kind: 'cpu' });
if (found === undefined) console.warn("XLA's plug-in for CPUs is not installed: tests that need it are skipped");

const STEPS = nightly ? 1000 : 300;
/** MB of JavaScript's memory and of all, from a fifth of the steps to their end, after a collection: less than 0.02 a step. */
const MOST_GROWTH = { heap: 10, resident: 60 };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** In MB, of what is in use. */
function memory() {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 2 ** 20, resident: rss / 2 ** 20 };
}

describe.skipIf(found === undefined)('pretraining by XLA, with masks of other lengths every step', () => {
  it('is compiled for few sizes, holds as much from step to step, and leaves nothing', {
    timeout: 600_000,
  }, async () => {
    const plugin = openPlugin(found!);
    const before = plugin.live;
    const client = await plugin.createClient();
    const predictor = predictorConfig(encoder, { embedDim: 12, depth: 1, numMaskTokens: 1 });
    const random = generator(1);
    const state = initialPretrainingState({
      encoder: initializeEncoder(encoder, random),
      predictor: initializePredictor(predictor, random),
    });
    let compiled: CompiledStep | undefined;
    const step = bindStep(pretrainingStep({ encoder, predictor, statistics: true }), state, (flat, state) => {
      compiled = compileStep(client, flat, { state });
      return compiled;
    });
    const clips = clipsOf(random);
    const length = (least: number, most: number) => least + ((random.nextUint32() >>> 8) % (most - least + 1));
    const schedule = { learningRate: 1e-3, weightDecay: 0.05, momentum: 0.99, clipNorm: 0.1 };
    const held: number[] = [];
    let early: ReturnType<typeof memory> | undefined;
    for (let t = 1; t <= STEPS; t++) {
      const masks = { context: [mask(length(2, 14), t)], target: [mask(length(6, 18), t + 3)] };
      const { loss } = await step({ clips, ...masks, ...schedule, step: t });
      expect(loss.data[0]).toBeGreaterThan(0);
      held.push(plugin.live.buffer);
      // Often, so that what there is of JavaScript's garbage says nothing of the rest.
      if (t % 20 === 0) collect();
      if (t === STEPS / 5) early = memory();
    }
    expect(compiled!.compilations).toBeLessThanOrEqual(5);
    expect(new Set(held.slice(1)).size).toBe(1);
    const late = memory();
    expect(late.heap - early!.heap).toBeLessThan(MOST_GROWTH.heap);
    expect(late.resident - early!.resident).toBeLessThan(MOST_GROWTH.resident);
    step.dispose();
    await client.dispose();
    await expect.poll(() => plugin.live).toEqual(before);
  });
});
