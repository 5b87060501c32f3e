import { describe, expect, it } from 'vitest';
import { candidatesOf, describeCandidate, probeSchedule, probeTraining } from './candidates.js';

const training = probeTraining({ epochs: 2, learningRate: 1e-3, finalWeightDecay: null, clipNorm: null });

describe('the probes of a sweep', () => {
  it('are pairs, or named one by one', () => {
    const pair = { learningRates: [1e-3, 3e-3], weightDecays: [0.1, 0.8] };
    expect(candidatesOf(training, pair)).toHaveLength(4);
    const probes = [{ learningRate: 2e-3, weightDecay: 0.4, warmupEpochs: undefined }];
    expect(candidatesOf(training, { probes })).toEqual([{ learningRate: 2e-3, weightDecay: 0.4 }]);
  });

  it('have cosines of their own: warm-up, start and end of each, the decay where none is said to end elsewhere', () => {
    const candidates = [
      { learningRate: 1e-3, weightDecay: 0.8 },
      { learningRate: 3e-3, weightDecay: 0.1, startLearningRate: 2e-4, warmupEpochs: 1 },
      { learningRate: 1e-3, weightDecay: 1e-3, finalWeightDecay: 0 },
    ];
    // The rates of three steps an epoch that were recorded from V-JEPA 2's own loop, and its constant decays.
    const at = probeSchedule(training, candidates, 3);
    expect(at(1).learningRate[0]).toBeCloseTo(9.330127018922195e-4, 12);
    expect(at(1).learningRate[1]).toBeCloseTo(1.1333333333333334e-3, 12);
    expect([1, 6].map((step) => at(step).weightDecay.slice(0, 2))).toEqual([
      [0.8, 0.1],
      [0.8, 0.1],
    ]);
    expect([0, 3, 6].map((step) => at(step).weightDecay[2])).toEqual([1e-3, 5e-4, 0]);
    expect(at(6).learningRate).toEqual([0, 0, 0]);
    expect(at(1).clipNorm).toBe(0);
    expect(candidates.map(describeCandidate)).toEqual([
      'learning rate 0.001 and weight decay 0.8',
      'learning rate 0.003 after 1 epoch and weight decay 0.1',
      'learning rate 0.001 and weight decay 0.001 to 0',
    ]);
  });
});
