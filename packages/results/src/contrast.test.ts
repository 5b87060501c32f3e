import { describe, expect, it } from 'vitest';
import { measureContrast, measureReplication, verdictOf } from './contrast.js';
import { type Cell, cellName } from './experiment.js';
import { correctAnswers, type TestAnswers, testAnswers } from './test-answers.js';

const cell = (start: string): Cell => ({ start, method: 'attentive probe', label: 'motion', share: 1 });
const [one, other] = [cell('one'), cell('other')];
const contrast = [
  { weight: 1, cell: one },
  { weight: -1, cell: other },
];

/** Answers of both cells by seed: a character for each video, 1 where it is right. */
function asked(answers: { one: readonly string[]; other: readonly string[] }) {
  const of = (text: string | undefined) => text && testAnswers([...text].map((letter) => letter === '1'));
  return (name: string, seed: number): TestAnswers | undefined =>
    of(answers[name === cellName(one) ? 'one' : 'other'][seed]) || undefined;
}

describe('answers about test videos', () => {
  it('are kept bit by bit', () => {
    const correct = [true, false, false, true, true, true, false];
    expect(testAnswers(correct)).toEqual({ top1: 400 / 7, tests: 7, correct: '9c' });
    expect(correctAnswers(testAnswers(correct))).toEqual([1, 0, 0, 1, 1, 1, 0]);
  });
});

describe('measureContrast', () => {
  it('of one seed has the standard error over test videos, paired', () => {
    // Differences 1, 0, 0, 1 of four videos: mean 1/2, deviation sqrt(1/3), standard error sqrt(1/12).
    const measured = measureContrast(contrast, [0], asked({ one: ['1101'], other: ['0100'] }))!;
    expect(measured).toMatchObject({ mean: 50, deviation: undefined, seeds: 1 });
    expect(measured.margin).toBeCloseTo(1.96 * 100 * Math.sqrt(1 / 12), 10);
    // Two classifiers that are right about the same videos do not differ, however few these are.
    expect(measureContrast(contrast, [0], asked({ one: ['1010'], other: ['1010'] }))!.margin).toBe(0);
  });

  it('of several seeds has the wider interval of videos and of seeds', () => {
    const all = '1'.repeat(100);
    const some = (right: number) => '1'.repeat(right) + '0'.repeat(100 - right);
    // 10, 20 and 30 points: deviation 10, Student's t for two degrees of freedom 4.303.
    const seeds = measureContrast(
      contrast,
      [0, 1, 2],
      asked({ one: [all, all, all], other: [some(90), some(80), some(70)] }),
    )!;
    expect(seeds).toMatchObject({ mean: expect.closeTo(20, 10), deviation: expect.closeTo(10, 10), seeds: 3 });
    expect(seeds.margin).toBeCloseTo((4.303 * 10) / Math.sqrt(3), 10);
    // Seeds that agree leave the videos: 20 of 100 differ.
    const equal = measureContrast(contrast, [0, 1], asked({ one: [all, all], other: [some(80), some(80)] }))!;
    expect(equal.margin).toBeCloseTo(1.96 * 100 * Math.sqrt((0.2 * 0.8) / 99), 10);
  });

  it('knows Student’s t for any number of seeds', () => {
    const quantileOf = (seeds: number) => {
      // Half of the seeds 100 points, half none, on all videos alike.
      const rights = Array.from({ length: seeds }, (_, seed) => (seed % 2 === 0 ? 0 : 100));
      const all = '1'.repeat(100);
      const measured = measureContrast(
        contrast,
        [...rights.keys()],
        asked({ one: rights.map(() => all), other: rights.map((right) => all.slice(0, right).padEnd(100, '0')) }),
      )!;
      return (measured.margin * Math.sqrt(seeds)) / measured.deviation!;
    };
    expect(quantileOf(2)).toBeCloseTo(12.706, 3);
    expect(quantileOf(11)).toBeCloseTo(2.228, 3);
    // 11, 15 and 29 degrees of freedom.
    for (const [seeds, expected] of [
      [12, 2.201],
      [16, 2.131],
      [30, 2.045],
    ] as const) {
      expect(Math.abs(quantileOf(seeds) - expected)).toBeLessThan(0.003);
    }
  });

  it('takes the seeds that have all cells, and says nothing without one', () => {
    const answers = asked({ one: ['1111', '1111'], other: ['0000'] });
    expect(measureContrast(contrast, [0, 1], answers)!.seeds).toBe(1);
    expect(measureContrast(contrast, [1], answers)).toBeUndefined();
  });
});

describe('a verdict', () => {
  it('follows from the interval alone', () => {
    const measured = (mean: number, margin: number) => verdictOf({ mean, margin, deviation: undefined, seeds: 1 });
    expect(measured(3, 2.9)).toBe('reproduced');
    expect(measured(-3, 2.9)).toBe('not reproduced');
    expect(measured(3, 3)).toBe('no difference that so few seeds can tell');
    expect(measured(0, 0)).toBe('no difference that so few seeds can tell');
    expect(verdictOf(undefined)).toBe('not measured');
  });
});

describe('measureReplication', () => {
  const answers = (text: string) => testAnswers([...text].map((letter) => letter === '1'));
  const some = (right: number) => answers('1'.repeat(right) + '0'.repeat(100 - right));

  it('of one seed each is paired on the test videos', () => {
    // Differences 1, 0, 0, 1 of four videos, as above.
    const measured = measureReplication([answers('0100')], [answers('1101')])!;
    expect(measured).toMatchObject({ mean: 50, deviation: undefined });
    expect(measured.margin).toBeCloseTo(1.96 * 100 * Math.sqrt(1 / 12), 10);
  });

  it('of one against several seeds has the interval in which another seed of these would lie', () => {
    // 70, 80 and 90: deviation 10; the other is 20 below their mean.
    const measured = measureReplication([some(70), some(80), some(90)], [some(60)])!;
    expect(measured.mean).toBeCloseTo(-20, 10);
    expect(measured.margin).toBeCloseTo(4.303 * 10 * Math.sqrt(1 + 1 / 3), 10);
  });

  it('of several seeds each has both deviations in one', () => {
    // Deviations 10 and sqrt(50): squares 200 and 50 over three degrees of freedom.
    const measured = measureReplication([some(70), some(80), some(90)], [some(60), some(70)])!;
    expect(measured.deviation).toBeCloseTo(Math.sqrt(250 / 3), 10);
    expect(measured.margin).toBeCloseTo(3.182 * Math.sqrt(250 / 3) * Math.sqrt(1 / 3 + 1 / 2), 10);
  });

  it('needs both', () => {
    expect(measureReplication([], [some(1)])).toBeUndefined();
    expect(measureReplication([some(1)], [])).toBeUndefined();
  });
});
