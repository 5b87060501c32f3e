import {
  contextWeightSchedule,
  coolDownSchedule,
  learningRateSchedule,
  momentumSchedule,
  type Schedule,
  scheduleLengths,
  weightDecaySchedule,
} from '@vjepa/optim';
import type { ScheduleCase } from './check-schedule.js';
import { type Comparison, compareNumber, tolerance } from './comparison.js';
import type { Fixture } from './fixture.js';

/** The schedules of a training of V-JEPA 2. */
export type Vjepa2ScheduleConfig = ScheduleCase['config'] & {
  /** A cool-down: a straight line, without a warm-up. */
  is_anneal: boolean;
};

interface Vjepa2ScheduleManifest {
  cases: (Omit<ScheduleCase, 'config'> & { config: Vjepa2ScheduleConfig })[];
  lambda_cases: { lambda: number; start: number; end: number; at_step: number[]; value: number[] }[];
}

/** Kind `vjepa2-schedule`: learning rate, weight decay, momentum and lambda used at 0-based steps. */
export async function checkVjepa2Schedule(fixture: Fixture): Promise<Comparison[]> {
  const { cases, lambda_cases } = fixture.manifest as Vjepa2ScheduleManifest;
  const compared = (name: string, schedule: Schedule, steps: number[], values: number[]) =>
    steps.map((step, i) => compareNumber(`${name}[${step}]`, schedule(step + 1), values[i]!, tolerance.schedule));
  return [
    ...cases.flatMap((expected, c) => {
      const schedules = vjepa2Schedules(expected.config);
      return (['lr', 'weight_decay', 'ema'] as const).flatMap((key) =>
        compared(`case${c}.${key}`, schedules[key], expected.at_step, expected[key]),
      );
    }),
    ...lambda_cases.flatMap(({ lambda: weight, start, end, at_step, value }, c) =>
      compared(`lambda_case${c}.lambda`, contextWeightSchedule({ weight, start, end }), at_step, value),
    ),
  ];
}

/** As the reference of V-JEPA 2 has them. */
export function vjepa2Schedules(config: Vjepa2ScheduleConfig): Record<'lr' | 'weight_decay' | 'ema', Schedule> {
  const { ipe: iterationsPerEpoch, epochs, warmup: warmupEpochs, ipe_scale: scale } = config;
  const lengths = scheduleLengths({ epochs, iterationsPerEpoch, warmupEpochs, scale });
  const rates = { start: config.start_lr, reference: config.lr, final: config.final_lr };
  return {
    lr: config.is_anneal ? coolDownSchedule(rates, lengths) : learningRateSchedule(rates, lengths),
    weight_decay: weightDecaySchedule({ reference: config.weight_decay, final: config.final_weight_decay }, lengths),
    ema: momentumSchedule({ start: config.ema[0], end: config.ema[1] }, lengths),
  };
}
