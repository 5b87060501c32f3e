// What compiles against this package, and what does not: checked with the types, never run.
import type * as tf from '@tensorflow/tfjs-core';
import type { TensorRecord } from '@vjepa/engine';
import { expectTypeOf } from 'vitest';
import { initialMoments, initialSums, optimize, valueAndGradients } from './index.js';

declare const tensor: tf.Tensor;
type Models = { encoder: TensorRecord; heads: TensorRecord[] };
declare const models: Models;

// Gradients come in the form of the parameters, and so do parameters and moments after a step.
const { outputs, gradients } = valueAndGradients(() => ({ loss: tensor, answers: [tensor] }), models);
expectTypeOf(gradients).toEqualTypeOf<Models>();
expectTypeOf(outputs).toEqualTypeOf<{ loss: tf.Tensor; answers: tf.Tensor[] }>();
// @ts-expect-error: no loss
valueAndGradients(() => ({ answers: tensor }), models);

const slots = { parameters: models, expAvg: models, expAvgSq: models };
const schedule = { learningRate: tensor, weightDecay: tensor, step: tensor, clipNorm: undefined };
expectTypeOf(optimize(slots, gradients, schedule).parameters).toEqualTypeOf<Models>();
// @ts-expect-error: gradients of other parameters
optimize(slots, { encoder: gradients.encoder }, schedule);

expectTypeOf(initialMoments(models)).toEqualTypeOf<{ expAvg: Models; expAvgSq: Models }>();
expectTypeOf(initialSums(models)).toEqualTypeOf<Models>();
