import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { readFixtureJson, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import { goldenClips, goldenParameters, goldenSizes } from '@vjepa/test-kit/golden-model';
import { encode, encoderConfig, encoderParameterShapes, positionTable } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attentiveProbeConfig,
  averageProbeConfig,
  initializeProbe,
  probeLogits,
  probeParameterShapes,
} from './index.js';
import { queryPooling } from './query-pooling.js';

describe.each(BACKENDS)('the attentive probe on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('gives the golden logits of the reference in float64', () => {
    const encoder = encoderConfig('vit_tiny', goldenSizes);
    const weights = goldenParameters(encoderParameterShapes(encoder), { pos_embed: positionTable(encoder) });
    const { clip } = toTensors({ clip: goldenClips() });
    const probe = attentiveProbeConfig(encoder, 5);
    const tokens = encode(encoder, toTensors(weights), clip!);
    const [logits] = probeLogits(probe, [toTensors(goldenParameters(probeParameterShapes(probe), {}))], tokens);
    const expected = [
      0.0820414680902741, 0.08116574635796563, 0.04472449240306093, -0.011072777588782078, -0.06068129434292837,
      0.08289052604381765, 0.0808872393636036, 0.0434590164640487, -0.012686384443803505, -0.06182845050834728,
    ];
    expect(logits!.dataSync()).toBeAllClose(expected, { atol: 1e-5 });
  });

  it('without its block is attention of the raw query over raw tokens', () => {
    const D = 6;
    const probe = attentiveProbeConfig({ embedDim: D, numHeads: 2 }, 3, { completeBlock: false });
    const host = goldenParameters(probeParameterShapes(probe), {});
    const tokens = Array.from({ length: 4 }, (_, n) => Array.from({ length: D }, (_, d) => Math.sin(n * 2.1 + d)));
    const [logits] = probeLogits(probe, [toTensors(host)], tf.tensor3d([tokens]));

    // Keys and values token by token, as the definition has them.
    const of = (name: string) => host[name]!.data;
    const affine = (prefix: string, x: ArrayLike<number>, rows: number) =>
      Array.from({ length: rows }, (_, r) => {
        const weight = of(`${prefix}.weight`);
        let sum = of(`${prefix}.bias`)[r]!;
        for (let d = 0; d < x.length; d++) sum += weight[r * x.length + d]! * x[d]!;
        return sum;
      });
    const block = 'pooler.cross_attention_block';
    const q = affine(`${block}.q`, of('pooler.query_tokens'), D);
    const kv = tokens.map((token) => affine(`${block}.kv`, token, 2 * D));
    const pooled = Array.from({ length: D }, (_, d) => {
      const head = Math.floor(d / 3);
      const scores = kv.map((token) => [0, 1, 2].reduce((sum, i) => sum + q[head * 3 + i]! * token[head * 3 + i]!, 0));
      const weights = scores.map((score) => Math.exp(score / Math.sqrt(3)));
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.reduce((sum, weight, n) => sum + (weight / total) * kv[n]![D + d]!, 0);
    });
    const expected = affine('linear', pooled, 3);
    expect(logits!.dataSync()).toBeAllClose(expected, { atol: 1e-6 });
  });

  it('pools with true gradients of queries and tokens', () => {
    const wave = (shape: number[], seed: number) =>
      tf.tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + seed)),
        shape,
      );
    const [x, u] = [wave([2, 5, 4], 0) as tf.Tensor3D, wave([3, 4], 1) as tf.Tensor2D];
    const f = (a: tf.Tensor, b: tf.Tensor) => {
      const pooled = queryPooling(a as tf.Tensor3D, b as tf.Tensor2D, { inputGradient: true });
      return tf.sum(tf.mul(pooled, wave([2, 3, 4], 0.3)));
    };
    const [dx, du] = tf.grads(f)([x, u]);
    const central = (at: (t: number) => tf.Tensor) => {
      const value = (t: number) => at(t).dataSync()[0]!;
      return (8 * (value(0.02) - value(-0.02)) - (value(0.04) - value(-0.04))) / 0.24;
    };
    const along = (gradient: tf.Tensor, direction: tf.Tensor) => tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
    const [ex, eu] = [wave(x.shape, 5), wave(u.shape, 6)];
    expect(along(dx!, ex)).toBeCloseTo(
      central((t) => f(tf.add(x, tf.mul(ex, t)), u)),
      3,
    );
    expect(along(du!, eu)).toBeCloseTo(
      central((t) => f(x, tf.add(u, tf.mul(eu, t)))),
      3,
    );
  });
});

describe.each(['vjepa2-probe', 'vjepa2-probe-multilevel'])('V-JEPA 2’s probes, recorded in %s', (folder) => {
  beforeAll(() => useBackend('wasm'));

  it('give the recorded logits of the recorded features', () => {
    const { model, probe: sizes } = readFixtureJson(`${folder}/manifest.json`);
    const tensors = readFixtureTensors<Float32Array>(`${folder}/tensors.safetensors`);
    const probe = attentiveProbeConfig({ embedDim: model.embed_dim, numHeads: model.num_heads }, sizes.num_classes, {
      selfAttention: 'before',
      numHeads: sizes.num_heads,
    });
    const parameters = [0, 1].map((head) => {
      const shapes = probeParameterShapes(probe);
      const stored = Object.keys(tensors).filter((name) => name.startsWith(`probe.${head}.`));
      expect(stored.sort()).toEqual([...shapes.keys()].map((name) => `probe.${head}.${name}`).sort());
      return toTensors(Object.fromEntries([...shapes.keys()].map((name) => [name, tensors[`probe.${head}.${name}`]!])));
    });
    const { features } = toTensors({ features: tensors['eval.features.0']! });
    const logits = probeLogits(probe, parameters, features as tf.Tensor3D);
    for (const head of [0, 1]) {
      expect(logits[head]!.dataSync()).toBeAllClose(tensors[`eval.logits.${head}.0`]!.data, { ofLargest: 1e-4 });
    }
  });
});

describe('probe parameters', () => {
  // Trainable parameters of the published probes.
  it.each([
    [1024, 400, 13_007_248],
    [1280, 400, 20_191_120],
  ])('of width %i with %i classes are %i', (embedDim, numClasses, count) => {
    const shapes = probeParameterShapes(attentiveProbeConfig({ embedDim, numHeads: 16 }, numClasses));
    expect([...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(count);
  });

  it.each([
    [1024, 49_514_670],
    [1408, 93_494_190],
  ])('of V-JEPA 2’s probe of width %i with 174 classes are %i', (embedDim, count) => {
    const shapes = probeParameterShapes(
      attentiveProbeConfig({ embedDim, numHeads: 22 }, 174, { selfAttention: 'before' }),
    );
    expect([...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(count);
  });

  it('of V-JEPA 2 have 16 heads and depth 4 whatever the encoder', () => {
    const config = attentiveProbeConfig({ embedDim: 1408, numHeads: 22 }, 174, { selfAttention: 'before' });
    expect(config).toMatchObject({ numHeads: 16, depth: 4, layerNormEpsilon: 1e-5 });
  });

  it('of V-JEPA 2 start as the reference starts them', () => {
    const deviation = (values: Float32Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    const config = attentiveProbeConfig({ embedDim: 96, numHeads: 3 }, 200, { selfAttention: 'before' });
    const probe = initializeProbe(config, mersenneTwister(4));
    const of = (name: string) => deviation(probe[`pooler.${name}.mlp.fc2.weight`]!.data);
    expect(of('blocks.0')).toBeCloseTo(0.02 / Math.sqrt(2), 3);
    expect(of('blocks.2')).toBeCloseTo(0.02 / Math.sqrt(6), 3);
    expect(of('cross_attention_block')).toBeCloseTo(0.02 / Math.sqrt(6), 3);
  });

  it('start as the reference starts them', () => {
    const deviation = (values: Float32Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    const probe = initializeProbe(
      attentiveProbeConfig({ embedDim: 96, numHeads: 3 }, 200, { depth: 2 }),
      mersenneTwister(4),
    );
    const block = 'pooler.cross_attention_block';
    expect(deviation(probe[`${block}.xattn.kv.weight`]!.data)).toBeCloseTo(0.02, 3);
    expect(deviation(probe[`${block}.mlp.fc2.weight`]!.data)).toBeCloseTo(0.02 / Math.SQRT2, 3);
    expect(deviation(probe['pooler.blocks.0.mlp.fc2.weight']!.data)).toBeCloseTo(0.01, 3);
    expect(deviation(probe['linear.weight']!.data)).toBeCloseTo(1 / Math.sqrt(96 * 3), 2);
    expect(Math.max(...probe['linear.bias']!.data)).toBeLessThan(1 / Math.sqrt(96));
  });

  it('refuse what cannot be built', () => {
    expect(() => attentiveProbeConfig({ embedDim: 10, numHeads: 3 }, 2)).toThrow(
      'embedDim 10 cannot be split over 3 heads',
    );
    expect(() => averageProbeConfig({ embedDim: 10 }, 0)).toThrow('numClasses is 0');
  });
});
