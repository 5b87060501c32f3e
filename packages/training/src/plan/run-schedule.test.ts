import { describe, expect, it } from 'vitest';
import { filledInSettings, type PretrainingSettings } from './pretraining-settings.js';
import { mostCheckpoints, runSchedule } from './run-schedule.js';

/** The paper's run: 300 epochs of 300 steps. */
const schedule = (settings: Partial<PretrainingSettings> = {}, videos = 0) =>
  runSchedule(
    filledInSettings({ videos: 'videos', model: 'vit_large', epochs: 300, stepsPerEpoch: 300, ...settings }),
    videos,
  );

describe('runSchedule', () => {
  it('is as long as it is told, or one pass over the videos an epoch', () => {
    expect(schedule()).toMatchObject({ stepsPerEpoch: 300, totalSteps: 90_000, checkpointEvery: 300 });
    expect(schedule({ stepsPerEpoch: undefined, batchSize: 10 }, 105)).toMatchObject({ stepsPerEpoch: 10 });
    expect(schedule({ stepsPerEpoch: undefined, batchSize: 10 }, 3)).toMatchObject({ stepsPerEpoch: 1 });
  });

  it('warms up over 40 of 300 epochs, clips gradients from one epoch later on, and stops before its final values', () => {
    const { at } = schedule();
    expect(at(1)).toMatchObject({ epoch: 1, iteration: 0, momentum: 0.998, clip_norm: 0 });
    expect(at(12_000).learning_rate).toBeCloseTo(6.25e-4, 12);
    expect([at(41 * 300).clip_norm, at(41 * 300 + 1).clip_norm]).toEqual([0, 10]);
    expect(at(90_000)).toMatchObject({ epoch: 300, iteration: 299 });
    expect(at(90_000).learning_rate).toBeGreaterThan(1e-5);
  });

  it('keeps every so many steps, or epochs', () => {
    expect(schedule().retention).toEqual({ keep: 2, keepEvery: null });
    expect(schedule({ checkpoints: { keepEveryEpochs: 10 } }).retention).toEqual({ keep: 2, keepEvery: 3000 });
    expect(schedule({ checkpoints: { keepEveryEpochs: 10, keepEvery: 50 } }).retention.keepEvery).toBe(50);
  });
});

describe('mostCheckpoints', () => {
  it('counts the newest, those for good and the one being written', () => {
    expect(mostCheckpoints(schedule())).toBe(3);
    // Steps 3000, 6000, …, 90,000 for good; the last of these is among the newest.
    expect(mostCheckpoints(schedule({ checkpoints: { keepEveryEpochs: 10 } }))).toBe(2 + 29 + 1);
    expect(mostCheckpoints(schedule({ epochs: 2, checkpoints: { keep: 5 } }))).toBe(3);
  });
});
