import type { ClassificationResult } from '@vjepa/benchmarks';
import { describe, expect, it } from 'vitest';
import { describeOutcomes } from './describe-outcomes.js';
import type { ProbeOutcome, TrainingOutcome } from './evaluation-outcome.js';

function probe(top1: number, heldOutTop1?: number): ProbeOutcome {
  const validation = { top1, top5: 90, meanPerClass: top1, failures: [] } as Partial<ClassificationResult>;
  return {
    ...{ learningRate: 1e-3, weightDecay: 0.1, trainLoss: 1, trainTop1: 80 },
    validation: validation as ClassificationResult,
    ...(heldOutTop1 !== undefined && { heldOutTop1 }),
  };
}

const outcome: TrainingOutcome = {
  ...{ lowShot: null, trainingSamples: 95, heldOutSamples: 5, chosen: 1 },
  probes: [probe(70.5, 60), probe(69, 80)],
};

describe('describeOutcomes of a sweep', () => {
  it('gives both numbers: of the probe chosen on held-out samples, and of the best on the validation set', () => {
    const lines = describeOutcomes([outcome]).split('\n');
    expect(lines[0]).toMatch(/per class {2}held-out top-1$/);
    expect(lines[2]).toMatch(/70\.50 +60\.00 +best on validation$/);
    expect(lines[3]).toMatch(/69\.00 +80\.00 +chosen$/);
    expect(lines[4]).toBe(
      'top-1 69.00 of the probe chosen on 5 held-out training samples; 70.50 of the best on the validation set itself, as published numbers are',
    );
  });

  it('marks the best on validation where the probe was chosen there', () => {
    const { heldOutSamples: _, ...published } = outcome;
    const text = describeOutcomes([{ ...published, chosen: 0, probes: [probe(70.5), probe(69)] }]);
    expect(text).not.toContain('held-out');
    expect(text).toMatch(/70\.50 +best on validation\n/);
  });
});
