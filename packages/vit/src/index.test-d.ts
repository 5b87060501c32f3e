// What compiles against this package, and what does not: checked with the types, never run.
import * as tf from '@tensorflow/tfjs-core';
import { type FloatTensor, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { expectTypeOf } from 'vitest';
import {
  type EncoderConfig,
  encode,
  encodeMasks,
  encoderConfig,
  initializeEncoder,
  type PredictorConfig,
  predictorConfig,
} from './index.js';

const encoder = encoderConfig('vit_tiny', { depth: 2, numFrames: undefined });
expectTypeOf(encoder).toEqualTypeOf<EncoderConfig>();
expectTypeOf(predictorConfig(encoder, { depth: undefined })).toEqualTypeOf<PredictorConfig>();
// @ts-expect-error: a number of blocks is its depth
encoderConfig('vit_tiny', { blocks: 2 });

const initial = initializeEncoder(encoder, mersenneTwister(0));
expectTypeOf(initial).toExtend<Record<string, FloatTensor>>();
const parameters = toTensors(initial);
const clips = tf.zeros([1, 3, 16, 224, 224]);
expectTypeOf(encode(encoder, parameters, clips)).toExtend<tf.Tensor>();
expectTypeOf(encode(encoder, parameters, clips, { mask: undefined, recompute: undefined })).toExtend<tf.Tensor>();
expectTypeOf(encodeMasks(encoder, parameters, clips, [tf.tensor2d([[0]], undefined, 'int32')])).toExtend<tf.Tensor[]>();
