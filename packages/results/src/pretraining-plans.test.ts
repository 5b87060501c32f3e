import { describe, expect, it } from 'vitest';
import { plannedPretraining, pretrainingPlan } from './pretraining-plans.js';
import { tinyExperiment } from './tiny-experiment.fixture.js';

const { recipe, videos } = tinyExperiment;
const long = { ...recipe, epochs: 40, optimization: { ...recipe.optimization, warmupEpochs: 10 } };

function planned(length: number | undefined, given = long) {
  const found = plannedPretraining({ recipe: given, videos, pretrainings: { one: { length } } }, 'one');
  return { ...found, schedule: pretrainingPlan(found).scheduleFor(32) };
}

describe('the length of a pretraining', () => {
  it('is that of the run, and its warm-up as large a part of it', () => {
    for (const [length, steps, warmup] of [
      [undefined, 160, 40],
      [0.5, 80, 20],
      [1.5, 240, 60],
    ] as const) {
      const { totalSteps, schedule } = planned(length);
      expect(totalSteps).toBe(steps);
      expect(schedule).toMatchObject({ totalSteps: steps, warmupSteps: warmup });
    }
  });

  it('has the schedules fall to the same ends', () => {
    const [whole, half] = [planned(1).schedule, planned(0.5).schedule];
    for (const quarter of [1, 2, 3, 4]) {
      const { learning_rate, weight_decay } = whole.at(40 * quarter);
      expect(half.at(20 * quarter)).toMatchObject({
        learning_rate: expect.closeTo(learning_rate, 9),
        weight_decay: expect.closeTo(weight_decay, 9),
      });
    }
  });

  it('leaves a warm-up that is not given to follow by itself', () => {
    const { warmupEpochs: _, ...optimization } = long.optimization;
    const found = planned(0.75, { ...long, optimization } as typeof long);
    expect(found.settings.optimization).not.toHaveProperty('warmupEpochs');
    expect(found.schedule.warmupSteps).toBe(Math.trunc((40 / 300) * 120));
  });
});
