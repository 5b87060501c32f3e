import {
  contextWeightSchedule,
  coolDownSchedule,
  learningRateSchedule,
  momentumSchedule,
  type Schedule,
  scheduleLengths,
  weightDecaySchedule,
} from '@vjepa/optim';
import { type Comparison, compareNumber, tolerance } from './comparison.js';
import type { Fixture } from './fixture.js';

/** The schedules of a training of V-JEPA, or of V-JEPA 2. */
export interface ScheduleConfig {
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
  /** V-JEPA 2: a cool-down, a straight line without a warm-up. */
  is_anneal?: boolean;
}

interface ScheduleManifest {
  cases: { config: ScheduleConfig; at_step: number[]; lr: number[]; weight_decay: number[]; ema: number[] }[];
  /** V-JEPA 2.1. */
  lambda_cases?: { lambda: number; start: number; end: number; at_step: number[]; value: number[] }[];
}

/** Kinds `schedule` and `vjepa2-schedule`: learning rate, weight decay, momentum and lambda used at 0-based steps. */
export async function checkSchedule(fixture: Fixture): Promise<Comparison[]> {
  const { cases, lambda_cases = [] } = fixture.manifest as ScheduleManifest;
  const compared = (name: string, schedule: Schedule, steps: number[], values: number[]) =>
    steps.map((step, i) => compareNumber(`${name}[${step}]`, schedule(step + 1), values[i]!, tolerance.schedule));
  return [
    ...cases.flatMap((expected, c) => {
      const schedules = schedulesOf(expected.config);
      return (['lr', 'weight_decay', 'ema'] as const).flatMap((key) =>
        compared(`case${c}.${key}`, schedules[key], expected.at_step, expected[key]),
      );
    }),
    ...lambda_cases.flatMap(({ lambda: weight, start, end, at_step, value }, c) =>
      compared(`lambda_case${c}.lambda`, contextWeightSchedule({ weight, start, end }), at_step, value),
    ),
  ];
}

/** As the reference has them. */
export function schedulesOf(config: ScheduleConfig): Record<'lr' | 'weight_decay' | 'ema', Schedule> {
  const { ipe: iterationsPerEpoch, epochs, warmup: warmupEpochs, ipe_scale: scale } = config;
  const lengths = scheduleLengths({ epochs, iterationsPerEpoch, warmupEpochs, scale });
  const rates = { start: config.start_lr, reference: config.lr, final: config.final_lr };
  return {
    lr: config.is_anneal ? coolDownSchedule(rates, lengths) : learningRateSchedule(rates, lengths),
    weight_decay: weightDecaySchedule({ reference: config.weight_decay, final: config.final_weight_decay }, lengths),
    ema: momentumSchedule({ start: config.ema[0], end: config.ema[1] }, lengths),
  };
}
