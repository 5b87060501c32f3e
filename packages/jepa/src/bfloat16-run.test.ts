import { bindStep, type HostTensor, scalarOf } from '@vjepa/engine';
import { findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import { goldenEncoder, goldenMaskTree, goldenModels, goldenPredictor } from './golden-model.fixture.js';
import { initialPretrainingState, pretrainingStep } from './index.js';

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

const [STEPS, LAST] = [60, 6];

/** Stripes that drift, wider and faster from step to step: [2, 3, 4, 32, 32], about normalised. */
function clipsOf(step: number): HostTensor {
  const data = Float32Array.from({ length: 2 * 3 * 4 * 32 * 32 }, (_, i) => {
    const [x, y, t] = [i % 32, Math.floor(i / 32) % 32, Math.floor(i / 1024) % 4];
    return 1.4 * Math.sin(0.1 * (1 + (step % 7)) * x + 0.05 * y * (i < 12288 ? 1 : -2) + 0.3 * (step % 5) * t);
  });
  return { shape: [2, 3, 4, 32, 32], data };
}

// The run of 300 steps is bench/precision.mjs.
describe.skipIf(found === undefined)('a short run in bfloat16', () => {
  it('learns what the one in float32 does, to 2 %', { timeout: 120_000 }, async () => {
    const runtime = await loadTensorFlow();
    const step = pretrainingStep({ encoder: goldenEncoder, predictor: goldenPredictor, normalizedClips: true });
    const run = async (precision: 'float32' | 'bfloat16') => {
      const train = bindStep(step, initialPretrainingState(goldenModels()), (flat, state) =>
        runtime.compile(flat, { state, precision }),
      );
      const losses: number[] = [];
      for (let t = 1; t <= STEPS; t++) {
        const schedule = { learningRate: 1e-3, weightDecay: 0.05, momentum: 0.998, clipNorm: 10, step: t };
        losses.push(scalarOf((await train({ clips: clipsOf(t), ...goldenMaskTree(), ...schedule })).loss));
      }
      train.dispose();
      return { first: losses[0]!, last: losses.slice(-LAST).reduce((sum, loss) => sum + loss, 0) / LAST };
    };
    const [float32, bfloat16] = [await run('float32'), await run('bfloat16')];
    expect(float32.last).toBeLessThan(0.9 * float32.first); // it learns
    expect(bfloat16.last).not.toBe(float32.last); // and is rounded
    expect(Math.abs(bfloat16.last / float32.last - 1)).toBeLessThan(0.02);
  });
});
