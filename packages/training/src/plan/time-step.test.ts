import { type FlatInputs, openEngine } from '@vjepa/engine';
import { encoderConfig, predictorConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-wasm';
import type { Engine } from '@vjepa/engine';
import { timeStep } from './time-step.js';

const encoder = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 4, depth: 1 });
const predictor = predictorConfig(encoder, { embedDim: 24, depth: 1, numHeads: 3, numMaskTokens: 1 });
const step = { encoder, predictor, batchSize: 2, steps: 3, warmup: 1 };

describe('timeStep', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ backend: 'wasm' });
  });

  it('counts neither the first step nor those that warm up', async () => {
    let begun = 0;
    const bind: Engine['bind'] = (...args) => {
      const train = engine.bind(...args);
      return Object.assign((inputs: never) => {
        begun++;
        return train(inputs);
      }, train) as typeof train;
    };
    const timing = await timeStep({ ...engine, bind }, { ...step, lengths: { context: [4], target: [4] } });
    expect(begun).toBe(5);
    expect(timing.residentBytes).toHaveLength(3);
    expect(timing.tokens).toBe(8);
    expect(timing.fastest).toBeGreaterThan(0);
    expect(timing.secondsPerStep).toBeGreaterThanOrEqual(timing.fastest);
    expect(timing.loss).toBeGreaterThan(0);
    expect(timing.modelFlopsPerSecond).toBeGreaterThan(0);
  });

  it.each([
    [false, 8, 8],
    [true, 4, 8],
  ])('draws masks of ascending tokens, and with vary: %s of %i to %i', async (vary, least, most) => {
    let seen: FlatInputs = {};
    await timeStep(engine, {
      ...{ ...step, lengths: { context: [8], target: [8] }, vary, steps: 1, warmup: 0 },
      after: async (_, inputs) => {
        seen = inputs;
      },
    });
    for (const name of ['context.0', 'target.0']) {
      const { shape, data } = seen[name] as { shape: number[]; data: Int32Array };
      expect(shape[1]).toBeGreaterThanOrEqual(least);
      expect(shape[1]).toBeLessThanOrEqual(most);
      const row = [...data.subarray(0, shape[1])];
      expect(row).toEqual([...new Set(row)].sort((a, b) => a - b));
      expect(row.at(-1)).toBeLessThan(8);
    }
  });

  it('refuses masks that are longer than the clip, or not as many', async () => {
    const time = (context: number[], target: number[]) => timeStep(engine, { ...step, lengths: { context, target } });
    await expect(time([9], [4])).rejects.toThrow("a mask of 9 tokens is longer than the clip's 8; use shorter masks");
    await expect(time([4, 2], [4])).rejects.toThrow('there are 2 contexts and 1 targets');
  });
});
