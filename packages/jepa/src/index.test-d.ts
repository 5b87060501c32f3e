import type { Engine, FeedTree, HostTensor, HostTree } from '@vjepa/engine';
import { encoderConfig, predictorConfig } from '@vjepa/vit';
import { expectTypeOf } from 'vitest';
import {
  initialPretrainingState,
  type PretrainingInputs,
  type PretrainingState,
  pixelPredictionStep,
  pretrainingStateOf,
  pretrainingStep,
} from './index.js';

declare const engine: Engine;
declare const tensor: HostTensor<Float32Array>;
const encoder = encoderConfig('vit_tiny');
const predictor = predictorConfig(encoder);
const initial = initialPretrainingState({ encoder: { pos_embed: tensor }, predictor: {} });
const step = pretrainingStep({ encoder, predictor });

expectTypeOf(initial).toExtend<HostTree<PretrainingState>>();
expectTypeOf(pretrainingStateOf({})).toEqualTypeOf<HostTree<PretrainingState>>();

const train = engine.bind(step, initial);
// @ts-expect-error: no target encoder
engine.bind(step, { ...initial, targetEncoder: undefined });
// @ts-expect-error: a checkpoint's tensors are no state yet; pretrainingStateOf makes one of them
engine.bind(step, { 'encoder.pos_embed': tensor });

const masks = { context: [tensor], target: [tensor] };
const schedule = { learningRate: 1e-3, weightDecay: 0.04, momentum: 0.998, step: 1 };
expectTypeOf(train).toBeCallableWith({ clips: tensor, ...masks, ...schedule });
expectTypeOf(train).toBeCallableWith({ clips: tensor, ...masks, ...schedule, clipNorm: 10 });
expectTypeOf<FeedTree<PretrainingInputs>['context']>().toEqualTypeOf<(HostTensor | number)[]>();
// @ts-expect-error: names are in camelCase
void train({ clips: tensor, ...masks, ...schedule, learning_rate: 1e-3 });
// @ts-expect-error: no masks of targets
void train({ clips: tensor, context: [tensor], ...schedule });

expectTypeOf(train).returns.resolves.toHaveProperty('lossJepa').toEqualTypeOf<HostTensor>();
expectTypeOf(train)
  .returns.resolves.toHaveProperty('statistics')
  .toEqualTypeOf<{ [name: string]: HostTensor } | undefined>();

const { targetEncoder: _, ...withoutTarget } = initial;
const pixels = engine.bind(pixelPredictionStep({ encoder, predictor }), withoutTarget);
expectTypeOf(pixels).toBeCallableWith({ clips: tensor, ...masks, learningRate: 1e-3, weightDecay: 0, step: 1 });
