import { describe, expect, it } from 'vitest';
import { learningRisks } from './learning-risks.js';
import { planPretraining } from './plan-pretraining.js';
import type { PretrainingSettings } from './pretraining-settings.js';

/** What is found in a run of 3,000 steps, 400 of them warm-up. */
const found = (videos: number, { optimization, ...settings }: Partial<PretrainingSettings> = {}) => {
  const plan = planPretraining({
    ...{ videos: 'videos', model: 'vit_tiny', epochs: 30, stepsPerEpoch: 100, ...settings },
    optimization: { warmupEpochs: 4, ...optimization },
  });
  return learningRisks(plan, videos).map(({ found, remedy }) => `${found}; ${remedy}`);
};
const fast = { momentum: { start: 0.99, end: 1 } };

describe('learningRisks', () => {
  it('are none with the paper’s settings and data, nor with few videos, a slow target and a long warm-up', () => {
    expect(found(2_000_000, { epochs: 300, stepsPerEpoch: 300, optimization: { warmupEpochs: 40 } })).toEqual([]);
    expect(found(3000)).toEqual([]);
  });

  it('say that a target that follows fast agrees with its encoder on little data', () => {
    const risks = found(3000, { optimization: fast });
    expect(risks).toHaveLength(1);
    expect(risks[0]).toMatch(
      /^3,000 videos are few for a target encoder that averages over 100 steps \(`optimization\.momentum` from 0\.99\).*0\.998 is published/,
    );
    expect(found(2_000_000, { optimization: fast })).toEqual([]);
    expect(found(3000, { optimization: { ...fast, predictorLearningRateScale: 9 } })).toEqual(risks);
    expect(found(3000, { optimization: { ...fast, predictorLearningRateScale: 10 } })).toEqual([]);
  });

  it('say that a warm-up is short', () => {
    expect(found(3000, { optimization: { warmupEpochs: 1 } })).toEqual([
      'the learning rate is at its highest after 100 of 3,000 steps, before the target encoder has averaged over anything; ' +
        'warm up longer, `optimization.warmupEpochs`: published are 13 % of the steps',
    ]);
    expect(found(100_000, { optimization: { warmupEpochs: 1 } })).toEqual([]);
  });

  it('say how much of its random parameters a target still holds at the end of a run too short for it', () => {
    const [risk, ...others] = found(100_000, { epochs: 10 });
    // Momentum from 0.998, 1,000 of 1,250 steps of the way to 1: exp(-1000 * 0.002 * (1 - 0.8 / 2)) = 30 %.
    expect(risk).toMatch(/^after 1,000 steps the target encoder is still 30 % of the random parameters it began with/);
    expect(risk).toMatch(
      /train longer \(`epochs`, `stepsPerEpoch`\), or evaluate the encoder, too \(`checkpointKey: 'encoder'`\)$/,
    );
    expect(others).toEqual([]);
  });

  it('are not looked for where pixels are predicted, nor in a run that tests the machine', () => {
    expect(found(100, { optimization: fast, objective: { targets: 'pixels' } })).toEqual([]);
    expect(found(100, { optimization: fast, epochs: 5, stepsPerEpoch: 10 })).toEqual([]);
  });
});
