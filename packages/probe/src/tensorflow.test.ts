import '@vjepa/test-kit/all-close';
import type * as tf from '@tensorflow/tfjs-core';
import { bindStep, type StepFunction, scalarOf, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { type CompiledFunction, findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import {
  encoderConfig,
  initializeEncoder,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  type Parameters,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
} from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import {
  anticipationFeatures,
  attentiveProbeConfig,
  fineTuningStep,
  initialFineTuningState,
  initializeProbe,
  initialProbeState,
  type ProbeState,
  probeEvaluationStep,
  probeTrainingStep,
  sampleBranchScale,
  sampleMix,
  softTargets,
} from './index.js';
import { readProbeFixture, recorded } from './probe.fixture.js';
import { anticipationInputs, SMALL_ANTICIPATION_PROBE } from './task-probe.fixture.js';

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

describe.skipIf(found === undefined)('compiled by TensorFlow', () => {
  it('the probe run recorded from the reference is the same', async () => {
    const runtime = await loadTensorFlow();
    const { manifest, tensors, encoder, probe, encoderParameters, probeParameters } = await readProbeFixture();
    const host = (name: string) => recorded(tensors, name);
    const config = { probe, encoder, normalizedClips: true };
    const state = initialProbeState([probeParameters], encoderParameters);

    for (const [kind, attendAcrossSegments] of [
      ['attend', true],
      ['average', false],
    ] as const) {
      const step = probeEvaluationStep({ ...config, attendAcrossSegments });
      const evaluate = bindStep(step, state, (flat, state) => runtime.compile(flat, { state }));
      const clips = [0, 1].map((segment) => [0, 1, 2].map((view) => host(`eval.clips.${segment}.${view}`)));
      const outputs = await evaluate({ clips });
      const expected = tensors[`eval.${kind}.prob`]!.data as Float32Array;
      expect(outputs.probabilities[0]!.data as Float32Array, kind).toBeAllClose(expected, { ofLargest: 1e-4 });
      evaluate.dispose();
    }

    const train = bindStep(probeTrainingStep(config), state, (flat, state) => runtime.compile(flat, { state }));
    for (const record of manifest.steps) {
      const outputs = await train({
        clips: [[host(`step${record.step}.clips.0`)], [host(`step${record.step}.clips.1`)]],
        labels: host(`step${record.step}.labels`),
        learningRate: [record.lr],
        weightDecay: [record.weight_decay],
        step: record.step + 1,
        clipNorm: 1,
      });
      expect(Math.abs(scalarOf(outputs.loss[0]!) / record.loss - 1)).toBeLessThan(1e-4);
    }
    const trained = await train.readState();
    for (const [key, { data }] of Object.entries(tensors)) {
      if (!key.startsWith('final.')) continue;
      const actual = trained.probe[0]![key.replace('final.', '')]!.data as Float32Array;
      expect(actual, key).toBeAllClose(data as Float32Array, { ofLargest: 1e-3 });
    }
    train.dispose();
  });

  it('trains the probe for anticipation as eager steps do', async () => {
    const runtime = await loadTensorFlow();
    await useBackend('wasm');
    const probe = SMALL_ANTICIPATION_PROBE;
    const step = probeTrainingStep({ probe, decayed: 'all' });
    const state = initialProbeState([initializeProbe(probe, mersenneTwister(1))]);
    const compiled = bindStep(step, state, (flat, state) => runtime.compile(flat, { state }));
    let eager: ProbeState = toTensors(state);
    for (let t = 1; t <= 5; t++) {
      const inputs = { ...anticipationInputs(6), learningRate: [0.01], weightDecay: [0.1], step: t };
      const { loss } = await compiled(inputs);
      const result = runStep(step, eager, toTensors(inputs));
      eager = result.state;
      expect(scalarOf(loss[0]!) / result.outputs['loss.0']!).toBeCloseTo(1, 5);
    }
    const trained = (await compiled.readState()).probe[0]!;
    for (const [name, tensor] of Object.entries(eager.probe[0]!)) {
      expect(trained[name]!.data as Float32Array, name).toBeAllClose(tensor.dataSync(), { atol: 1e-4 });
    }
    compiled.dispose();
  });

  it('foretells what eager steps foretell, so far ahead as each sample is told', async () => {
    const runtime = await loadTensorFlow();
    await useBackend('wasm');
    const size = { imageSize: 16, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
    const encoder = vjepa2EncoderConfig('vit_tiny', size);
    const heads = { embedDim: 24, depth: 2, numHeads: 2, zeroInitMaskTokens: false };
    const predictor = vjepa2PredictorConfig({ ...encoder, numFrames: 16 }, heads);
    const state = {
      encoder: initializeVjepa2Encoder(encoder, mersenneTwister(1)),
      predictor: initializeVjepa2Predictor(predictor, mersenneTwister(2)),
    };
    const step: StepFunction<
      { encoder: Parameters; predictor: Parameters },
      { clips: tf.Tensor; ahead: tf.Tensor },
      { features: tf.Tensor }
    > = (state, { clips, ahead }) => {
      return { state: {}, outputs: { features: anticipationFeatures({ encoder, predictor }, state, clips, ahead) } };
    };
    const data = Uint8Array.from({ length: 3 * 4 * 16 * 16 * 3 }, (_, i) => (i * 7) % 251);
    const compiled = bindStep(step, state, (flat, state) => runtime.compile(flat, { state }));
    for (const ahead of [Int32Array.of(0, 3, 5), Int32Array.of(4, 4, 1)]) {
      const inputs = { clips: { shape: [3, 4, 16, 16, 3], data }, ahead: { shape: [3], data: ahead } };
      const { features } = await compiled(inputs);
      const eager = step(toTensors(state), toTensors(inputs)).outputs.features;
      expect(features.data as Float32Array).toBeAllClose(eager.dataSync(), { ofLargest: 1e-5 });
    }
    compiled.dispose();
  });

  it('fine-tuning learns', async () => {
    const runtime = await loadTensorFlow();
    const encoder = encoderConfig('vit_tiny', { imageSize: 16, patchSize: 8, numFrames: 2, embedDim: 24, depth: 2 });
    const head = attentiveProbeConfig(encoder, 2);
    const random = mersenneTwister(11);
    const labels = [0, 1, 1, 0];
    const step = fineTuningStep({ encoder, head, mix: true, stochasticDepth: true });
    const state = initialFineTuningState(
      initializeEncoder(encoder, mersenneTwister(1)),
      initializeProbe(head, mersenneTwister(2)),
    );
    let compiled: CompiledFunction | undefined;
    const run = bindStep(step, state, (flat, state) => {
      compiled = runtime.compile(flat, { state });
      return compiled;
    });
    const losses: number[] = [];
    for (let t = 1; t <= 15; t++) {
      const settings = { mixup: 0.8, cutmix: 1, probability: 0.2, switchProbability: 0.5 };
      const mix = sampleMix(settings, { height: 16, width: 16 }, random);
      const pixels = Uint8Array.from(
        { length: 4 * 2 * 16 * 16 * 3 },
        (_, i) => 60 + 100 * labels[Math.floor(i / 1536)]!,
      );
      const outputs = await run({
        clips: { shape: [4, 2, 16, 16, 3], data: pixels },
        mix: mix.map,
        targets: softTargets(labels, { numClasses: 2, share: mix.share }),
        branchScale: sampleBranchScale({ depth: 2, batchSize: 4, rate: 0.1 }, random),
        learningRate: 3e-3,
        weightDecay: 0.05,
        step: t,
        clipNorm: 1,
      });
      losses.push(scalarOf(outputs.loss));
    }
    expect(Math.min(...losses.slice(-5))).toBeLessThan(0.4);
    expect(compiled?.compilations).toBe(1);
    run.dispose();
  });
});
