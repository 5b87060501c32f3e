// What compiles against this package, and what does not: checked with the types, never run.
import * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import {
  type AdamWSlots,
  adamW,
  learningRateSchedule,
  type Optimized,
  optimize,
  type Schedule,
  valueAndGradients,
} from './index.js';

const one = tf.scalar(1);
const parameters = { encoder: { weight: one }, head: { bias: one } };
const { outputs, gradients } = valueAndGradients(() => ({ loss: one, logits: [one] }), parameters);
expectTypeOf(outputs).toEqualTypeOf<{ loss: tf.Scalar; logits: tf.Scalar[] }>();
expectTypeOf(gradients).toEqualTypeOf(parameters);
// @ts-expect-error: there is a loss among what a forward pass gives
valueAndGradients(() => ({ logits: one }), parameters);

const schedule = { learningRate: one, weightDecay: one, step: one };
const state: Optimized<typeof parameters> = { parameters, expAvg: parameters, expAvgSq: parameters };
expectTypeOf(optimize(state, gradients, schedule).parameters).toEqualTypeOf(parameters);
expectTypeOf(optimize(state, gradients, { ...schedule, clipNorm: undefined }).norm).toEqualTypeOf<tf.Scalar>();
// @ts-expect-error: AdamW counts its steps
optimize(state, gradients, { learningRate: one, weightDecay: one });

expectTypeOf(adamW(schedule, { beta1: undefined })).returns.toEqualTypeOf<AdamWSlots>();
expectTypeOf(
  learningRateSchedule({ start: 0, reference: 1, final: 0 }, { warmupSteps: 1, horizon: 10 }),
).toEqualTypeOf<Schedule>();
