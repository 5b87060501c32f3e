import type { Engine, HostTensor, HostTree } from '@vjepa/engine';
import { encoderConfig } from '@vjepa/vit';
import { expectTypeOf } from 'vitest';
import {
  attentiveProbeConfig,
  type FineTuningState,
  fineTuningStep,
  initialFineTuningState,
  initialGradients,
  initialProbeState,
  type ProbeState,
  probeEvaluationStep,
  probeTrainingStep,
} from './index.js';

declare const engine: Engine;
declare const tensor: HostTensor<Float32Array>;
const encoder = encoderConfig('vit_tiny');
const probe = attentiveProbeConfig(encoder, 10);
const state = initialProbeState([{ 'linear.bias': tensor }]);

expectTypeOf(state).toExtend<HostTree<ProbeState>>();
expectTypeOf({ ...state, ...initialGradients(state) }).toExtend<HostTree<ProbeState>>();

const train = engine.bind(probeTrainingStep({ probe }), state);
expectTypeOf(train).toBeCallableWith({ features: [[tensor]], labels: tensor, learningRate: [1e-3], weightDecay: [0] });
// @ts-expect-error: no labels
void train({ features: [[tensor]] });
// @ts-expect-error: a learning rate for each probe
void train({ features: [[tensor]], labels: tensor, learningRate: 1e-3 });
// @ts-expect-error: features by segment and view
void train({ features: [tensor], labels: tensor });
expectTypeOf(train).returns.resolves.toHaveProperty('loss').toEqualTypeOf<HostTensor[]>();

const tuned = initialFineTuningState({ 'norm.bias': tensor }, { 'linear.bias': tensor });
expectTypeOf(tuned).toExtend<HostTree<FineTuningState>>();
const tune = engine.bind(fineTuningStep({ encoder, head: probe }), tuned);
expectTypeOf(tune).returns.resolves.toEqualTypeOf<{ loss: HostTensor; gradNorm: HostTensor }>();
// @ts-expect-error: the state of a probe has no moments of an encoder
engine.bind(fineTuningStep({ encoder, head: probe }), state);
// What was fine-tuned answers as a probe does.
const ask = engine.bind(probeEvaluationStep({ probe, encoder }), tuned);
expectTypeOf(ask).returns.resolves.toHaveProperty('probabilities').toEqualTypeOf<HostTensor[]>();
