// What compiles against this package, and what does not: checked with the types, never run.
import type { FeedTree, HostTree, StepFunction } from '@vjepa/engine';
import type { PretrainingState } from '@vjepa/jepa';
import type { MaskPair } from '@vjepa/masks';
import { expectTypeOf } from 'vitest';
import {
  type Evaluator,
  type ObservedStep,
  type PlannedInputs,
  type PlannedOutputs,
  type PretrainingPlan,
  type PretrainingResult,
  planPretraining,
  planScale,
  pretrain,
  type ScalePlan,
  type StepMetrics,
  type StepSchedule,
  stepInputs,
  tensorBoardObserver,
} from './index.js';

const plan = planPretraining({ videos: 'my_videos', model: 'vit_large', epochs: 300 });
planPretraining({ videos: ['a.csv', 'b.csv'], model: 'vit_tiny', epochs: 1, clips: { frameStep: undefined } });
planPretraining({
  ...{ videos: 'my_videos', model: 'vit_tiny', epochs: 1 },
  masks: { kind: 'random_tube', masks: [{ ratio: 0.9 }] },
});
// @ts-expect-error: a number of epochs is needed
planPretraining({ videos: 'my_videos', model: 'vit_tiny' });
// @ts-expect-error: settings are in camelCase
planPretraining({ videos: 'my_videos', model: 'vit_tiny', epochs: 1, batch_size: 2 });
// @ts-expect-error: the grid follows from the encoder
planPretraining({ videos: 'v', model: 'vit_tiny', epochs: 1, masks: { kind: 'random_tube', masks: [], grid: {} } });

expectTypeOf(plan).toEqualTypeOf<PretrainingPlan>();
expectTypeOf(plan.masksAt).toEqualTypeOf<(step: number) => MaskPair[]>();
expectTypeOf(plan.scheduleFor(100).at).toEqualTypeOf<(step: number) => StepSchedule>();
expectTypeOf(plan.step).toEqualTypeOf<StepFunction<PretrainingState, PlannedInputs, PlannedOutputs>>();
expectTypeOf(plan.initialState()).toEqualTypeOf<HostTree<PretrainingState>>();
expectTypeOf(stepInputs).returns.toEqualTypeOf<FeedTree<PlannedInputs>>();

expectTypeOf(pretrain).returns.toEqualTypeOf<Promise<PretrainingResult>>();
expectTypeOf(pretrain).toBeCallableWith({ plan, folder: 'runs/first' });
expectTypeOf(pretrain).toBeCallableWith({ plan, folder: 'runs/first', observers: [tensorBoardObserver()] });
expectTypeOf<ObservedStep['metrics']>().toEqualTypeOf<StepMetrics>();
expectTypeOf<Evaluator['every']>().toEqualTypeOf<number>();

expectTypeOf(planScale(plan.settings, { devices: 128, device: 'h200', shardState: true })).toEqualTypeOf<ScalePlan>();
// @ts-expect-error: how many devices is not left open
planScale(plan.settings, { device: 'h200' });
