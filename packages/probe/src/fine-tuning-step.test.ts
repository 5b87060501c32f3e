import * as tf from '@tensorflow/tfjs-core';
import { flatten, type HostTensor, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attentiveProbeConfig,
  averageProbeConfig,
  type FineTuningState,
  fineTuningStep,
  initialFineTuningState,
  initializeProbe,
  layerDecay,
  probeEvaluationStep,
  sampleBranchScale,
  sampleDropout,
  sampleMix,
  softTargets,
} from './index.js';

const encoder = encoderConfig('vit_tiny', { imageSize: 16, patchSize: 8, numFrames: 2, embedDim: 24, depth: 2 });
const LABELS = [0, 1, 1, 0];

/** Bright clips are class 1, dark ones class 0. */
const clips = () => {
  const random = mersenneTwister(9);
  const values = Float32Array.from({ length: 4 * 2 * 16 * 16 * 3 }, (_, i) => {
    const label = LABELS[Math.floor(i / (2 * 16 * 16 * 3))]!;
    return 60 + 100 * label + (random.nextUint32() % 40);
  });
  return tf.tensor(values, [4, 2, 16, 16, 3]);
};

describe('fineTuningStep on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  it.each([
    ['average', averageProbeConfig(encoder, 2, { normalize: true })],
    ['attentive', attentiveProbeConfig(encoder, 2)],
  ])('trains encoder and %s head with everything switched on', (_kind, head) => {
    const random = mersenneTwister(12);
    const step = fineTuningStep({ encoder, head, mix: true, stochasticDepth: true, headDropout: true });
    const initial = initialFineTuningState(
      initializeEncoder(encoder, mersenneTwister(1)),
      initializeProbe(head, mersenneTwister(2)),
    );
    let state: FineTuningState = toTensors(initial);
    const tensors = tf.memory().numTensors;
    const losses: number[] = [];
    for (let t = 1; t <= 20; t++) {
      const settings = { mixup: 0.8, cutmix: 1, probability: 0.2, switchProbability: 0.5 };
      const mix = sampleMix(settings, { height: 16, width: 16 }, random);
      const drawn = {
        mix: mix.map,
        targets: softTargets(LABELS, { numClasses: 2, smoothing: 0.02, share: mix.share }),
        branchScale: sampleBranchScale({ depth: 2, batchSize: 4, rate: 0.1 }, random),
        dropout: sampleDropout({ batchSize: 4, embedDim: 24, rate: 0.1 }, random),
      };
      const scalars = { learningRate: 3e-3, weightDecay: 0.05, step: t, clipNorm: 0 };
      const result = runStep(step, state, { clips: clips(), ...toTensors({ ...drawn, ...scalars }) });
      state = result.state;
      losses.push(result.outputs.loss!);
      expect(tf.memory().numTensors).toBe(tensors);
    }
    expect(losses[0]).toBeGreaterThan(0.4);
    expect(Math.min(...losses.slice(-5))).toBeLessThan(0.35);

    const evaluate = probeEvaluationStep({ probe: head, encoder });
    const { outputs } = evaluate(state, { clips: [[clips()]] });
    expect(Array.from(tf.argMax(outputs.probabilities[0]!, -1).dataSync())).toEqual(LABELS);
  });

  it('moves lower layers more slowly, by the decay per layer', () => {
    const head = averageProbeConfig(encoder, 2);
    const initial = initialFineTuningState(
      initializeEncoder(encoder, mersenneTwister(1)),
      initializeProbe(head, mersenneTwister(2)),
    );
    const run = (decay: number) => {
      const inputs = { learningRate: 1e-3, weightDecay: 0, step: 1, clipNorm: 0 };
      const targets = softTargets(LABELS, { numClasses: 2 });
      const result = fineTuningStep({ encoder, head, layerDecay: decay })(toTensors(initial), {
        clips: clips(),
        ...toTensors({ targets, ...inputs }),
      });
      const [given, state] = [flatten<HostTensor>(initial), flatten<tf.Tensor>(result.state)];
      return (name: string) => {
        const before = given[name]!.data as Float32Array;
        return Math.max(...state[name]!.dataSync().map((value, i) => Math.abs(value - before[i]!)));
      };
    };
    const [full, halved] = [run(1), run(0.5)];
    for (const [name, factor] of [
      ['probe.0.linear.weight', 1],
      ['encoder.norm.weight', 1],
      ['encoder.blocks.1.mlp.fc2.weight', 0.5],
      ['encoder.blocks.0.mlp.fc2.weight', 0.25],
      ['encoder.patch_embed.proj.weight', 0.125],
    ] as const) {
      expect(halved(name) / full(name), name).toBeCloseTo(factor, 2);
    }
  });
});

describe('layerDecay', () => {
  it('gives ViT-L 25 steps down to the patch embedding', () => {
    const factor = layerDecay(0.75, 24);
    expect(factor('probe.0.linear.weight')).toBe(1);
    expect(factor('encoder.blocks.23.attn.qkv.weight')).toBe(0.75);
    expect(factor('encoder.patch_embed.proj.bias')).toBeCloseTo(0.75 ** 25, 12);
  });
});

describe('sampleMix', () => {
  const frame = { height: 20, width: 30 };

  it('mixes the whole frame by one share, whose mean is a half', () => {
    const settings = { mixup: 0.8, cutmix: 0, probability: 1, switchProbability: 0.5 };
    const random = mersenneTwister(1);
    const shares = Array.from({ length: 2000 }, () => sampleMix(settings, frame, random).share);
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance).toBeCloseTo(1 / (4 * (2 * 0.8 + 1)), 2); // of Beta(0.8, 0.8)
    const { map, share } = sampleMix(settings, frame, random);
    expect([...new Set(map.data)]).toEqual([Math.fround(share)]);
  });

  it('cuts a box whose area is the share', () => {
    const random = mersenneTwister(2);
    for (let i = 0; i < 50; i++) {
      const { map, share } = sampleMix({ mixup: 0, cutmix: 1, probability: 1, switchProbability: 0.5 }, frame, random);
      expect(map.data.reduce((sum, value) => sum + value, 0) / 600).toBeCloseTo(share, 5);
      expect([...new Set(map.data)].every((value) => value === 0 || value === 1)).toBe(true);
    }
  });

  it('leaves a batch alone where it is told to', () => {
    const never = { mixup: 0.8, cutmix: 1, probability: 0, switchProbability: 0.5 };
    expect(sampleMix(never, frame, mersenneTwister(3)).share).toBe(1);
  });
});

describe('softTargets', () => {
  it('smooths labels and mixes them with the reversed batch', () => {
    const { data, shape } = softTargets([0, 2], { numClasses: 4, smoothing: 0.2, share: 0.75 });
    expect(shape).toEqual([2, 4]);
    expect(Array.from(data, (x) => Number(x.toFixed(3)))).toEqual([0.65, 0.05, 0.25, 0.05, 0.25, 0.05, 0.65, 0.05]);
    expect(() => softTargets([4], { numClasses: 4 })).toThrow('label 4 of sample 0 is outside the 4 classes 0..3');
  });
});

describe('sampleBranchScale', () => {
  it('drops more in deeper blocks and keeps the mean at 1', () => {
    const { data, shape } = sampleBranchScale({ depth: 3, batchSize: 2000, rate: 0.4 }, mersenneTwister(5));
    expect(shape).toEqual([3, 2, 2000]);
    const dropped = [0, 1, 2].map(
      (block) => data.subarray(block * 4000, (block + 1) * 4000).filter((x) => x === 0).length / 4000,
    );
    expect(dropped[0]).toBe(0);
    expect(dropped[1]).toBeCloseTo(0.2, 1);
    expect(dropped[2]).toBeCloseTo(0.4, 1);
    expect(data.reduce((a, b) => a + b, 0) / data.length).toBeCloseTo(1, 1);
    expect(() => sampleDropout({ batchSize: 1, embedDim: 1, rate: 1 }, mersenneTwister(1))).toThrow(
      'must be at least 0 and below 1',
    );
  });
});
