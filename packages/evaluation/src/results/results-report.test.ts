import { describe, expect, it } from 'vitest';
import type { ResultCell } from './result-cells.js';
import { describeResults, withSection } from './results-report.js';
import { FRACTIONS, fullExperiment, LABEL_KINDS } from './results-settings.js';

/** Pretrained is 20 points better than random on motion and equal on appearance; seeds differ by a point. */
const cells = LABEL_KINDS.flatMap((label) =>
  (['random', 'pretrained'] as const).flatMap((encoder) =>
    (['attentive probe', 'average probe', 'fine-tuned'] as const).flatMap((method) =>
      (method === 'fine-tuned' ? [1] : FRACTIONS).flatMap((fraction) =>
        [0, 1, 2].map((seed): ResultCell => {
          const gain = label === 'motion' && encoder === 'pretrained' ? 20 : 0;
          return { encoder, method, label, fraction, seed, top1: 40 + gain + (encoder === 'random' ? seed : 2 - seed) };
        }),
      ),
    ),
  ),
);

const section = describeResults({
  settings: fullExperiment,
  cells,
  classes: { appearance: 8, motion: 8 },
  engine: 'TensorFlow 2 on CPU, compiled steps; advice',
  minutes: 31.4,
  othersShare: 0.25,
  command: 'vjepa results',
});

describe('describeResults', () => {
  it('has mean and deviation of every cell', () => {
    expect(section).toContain(
      '| motion | pretrained | attentive probe | 61.0 ± 1.0 | 61.0 ± 1.0 | 61.0 ± 1.0 | 61.0 ± 1.0 |',
    );
    expect(section).toContain('| appearance | random | fine-tuned |  |  |  | 41.0 ± 1.0 |');
    expect(section).toContain('in 31 minutes');
    expect(section).toContain('Other processes took 25 %');
  });

  it('calls a difference one only where the seeds can tell it', () => {
    expect(section).toContain(
      'Pretraining helps, against random weights: motion, attentive probe (5 %, 10 %, 50 %, 100 %); ' +
        'motion, average probe (5 %, 10 %, 50 %, 100 %); motion, fine-tuned (100 %).',
    );
    expect(section).toContain('It does harm: nowhere.');
    expect(section).toMatch(/No difference .*: appearance, attentive probe \(5 %, 10 %, 50 %, 100 %\); appearance/);
    expect(section).toMatch(
      /motion, random, .*attentive against average pooling: \+0\.0 ± 0\.0 points, which is no diff/,
    );
  });
});

describe('withSection', () => {
  it('replaces its own section and leaves the rest', () => {
    const first = withSection('# Results\n\nBefore.\n', 'one');
    expect(first).toContain('Before.');
    const second = withSection(`${first}\nAfter.\n`, 'two');
    expect(second).toMatch(/Before\..*two.*After\./s);
    expect(second).not.toContain('one');
  });
});
