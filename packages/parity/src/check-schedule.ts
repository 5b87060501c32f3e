import {
  learningRateSchedule,
  momentumSchedule,
  type Schedule,
  scheduleLengths,
  weightDecaySchedule,
} from '@vjepa/optim';
import { type Comparison, compareNumber, tolerance } from './comparison.js';
import type { Fixture } from './fixture.js';

export interface ScheduleCase {
  config: {
    ipe: number;
    ipe_scale: number;
    epochs: number;
    warmup: number;
    start_lr: number;
    lr: number;
    final_lr: number;
    weight_decay: number;
    final_weight_decay: number;
    ema: [number, number];
  };
  at_step: number[];
  lr: number[];
  weight_decay: number[];
  ema: number[];
}

/** Kind `schedule`: learning rate, weight decay and momentum used at 0-based steps. */
export async function checkSchedule(fixture: Fixture): Promise<Comparison[]> {
  const { cases } = fixture.manifest as { cases: ScheduleCase[] };
  return cases.flatMap((expected, c) => {
    const schedules = schedulesOf(expected.config);
    return (['lr', 'weight_decay', 'ema'] as const).flatMap((key) =>
      expected.at_step.map((step, i) =>
        compareNumber(`case${c}.${key}[${step}]`, schedules[key](step + 1), expected[key][i]!, tolerance.schedule),
      ),
    );
  });
}

function schedulesOf(config: ScheduleCase['config']): Record<'lr' | 'weight_decay' | 'ema', Schedule> {
  const { ipe: iterationsPerEpoch, epochs, warmup: warmupEpochs, ipe_scale: scale } = config;
  const lengths = scheduleLengths({ epochs, iterationsPerEpoch, warmupEpochs, scale });
  return {
    lr: learningRateSchedule({ start: config.start_lr, reference: config.lr, final: config.final_lr }, lengths),
    weight_decay: weightDecaySchedule({ reference: config.weight_decay, final: config.final_weight_decay }, lengths),
    ema: momentumSchedule({ start: config.ema[0], end: config.ema[1] }, lengths),
  };
}
