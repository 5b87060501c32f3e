import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction, TensorRecord } from '@vjepa/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../../index.js';
import { describeWithTensorFlow } from '../../with-tensorflow.fixture.js';
import { type FloatTensor, fusedKernel, values } from './fused-kernels.fixture.js';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
});

type Outputs = Record<string, { shape: number[]; data: ArrayLike<number> }>;

async function compiled(
  fn: (inputs: TensorRecord) => TensorRecord,
  inputs: Record<string, HostTensor>,
  options: { precision?: 'float32' | 'bfloat16'; xla?: boolean } = {},
): Promise<Outputs> {
  const step = runtime.compile((_state, tensors) => ({ state: {}, outputs: fn(tensors) }), { state: {}, ...options });
  const outputs = await step(inputs);
  step.dispose();
  return outputs as Outputs;
}

function eager(fn: (inputs: TensorRecord) => TensorRecord, inputs: Record<string, HostTensor>): Outputs {
  return tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data as Float32Array, shape)]),
    );
    const entries = Object.entries(fn(tensors)).map(([name, t]) => [name, { shape: t.shape, data: t.dataSync() }]);
    return Object.fromEntries(entries) as unknown as tf.TensorContainer;
  }) as unknown as Outputs;
}

function expectClose(actual: Outputs, expected: Outputs, tolerance: number): void {
  for (const [name, tensor] of Object.entries(expected)) {
    expect(actual[name]!, name).toBeAllClose(tensor, { ofLargest: tolerance });
  }
}

/** A fused kernel and its gradient against TensorFlow.js's own gradient of ordinary operations. */
async function expectKernel(
  forward: (inputs: tf.Tensor[]) => tf.Tensor,
  asKernels: (inputs: TensorRecord) => { y: tf.Tensor; gradients: tf.Tensor[] },
  inputs: Record<string, HostTensor>,
  tolerance = 2e-5,
  options: { precision?: 'float32' | 'bfloat16'; xla?: boolean } = {},
): Promise<void> {
  const actual = await compiled(
    (tensors) => {
      const { y, gradients } = asKernels(tensors);
      return { y, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient${i}`, gradient])) };
    },
    inputs,
    options,
  );
  const expected = eager(({ dy, ...rest }) => {
    const tensors = Object.values(rest);
    const gradients = tf.grads((...xs: tf.Tensor[]) => forward(xs))(tensors, dy!);
    return { y: forward(tensors), ...Object.fromEntries(gradients.map((g, i) => [`gradient${i}`, g])) };
  }, inputs);
  expectClose(actual, expected, tolerance);
}

const plainLayerNorm = ([x, weight, bias]: tf.Tensor[]) => {
  const centered = tf.sub(x!, tf.mean(x!, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, 1e-6))), weight!), bias!);
};

/** y[i] = x[i] cosine[i] + x[partner of i] sine[i] in queries and keys; the last channel of an odd width is its own partner. */
const plainRotation = (heads: number, cosine: tf.Tensor, sine: tf.Tensor) => (qkv: tf.Tensor) => {
  const [B, N, threeD] = qkv.shape as [number, number, number];
  const d = threeD / 3 / heads;
  const partners = tf.tensor1d(
    Array.from({ length: d }, (_, i) => Math.min(i ^ 1, d - 1)),
    'int32',
  );
  const perHead = (table: tf.Tensor) => tf.reshape(table, [table.shape[0]!, N, 1, d]);
  const turned = (x: tf.Tensor) => tf.add(tf.mul(x, perHead(cosine)), tf.mul(tf.gather(x, partners, 3), perHead(sine)));
  const [q, k, v] = tf.split(tf.reshape(qkv, [B, N, 3 * heads, d]), 3, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return tf.reshape(tf.concat([turned(q), turned(k), v], 2), [B, N, threeD]);
};

const plainAttention = (heads: number) => (inputs: tf.Tensor[]) => {
  const [B, N, threeD] = inputs[0]!.shape as [number, number, number];
  const d = threeD / 3 / heads;
  const parts = tf.transpose(tf.reshape(inputs[0]!, [B, N, 3, heads, d]), [2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(parts) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(d)));
  return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [B, N, threeD / 3]);
};

describeWithTensorFlow('fused kernels equal what they stand for', () => {
  it.each([{ xla: false }, { xla: true }])('layer norm, XLA: $xla', (options) =>
    expectKernel(
      plainLayerNorm,
      ({ x, weight, bias, dy }) => ({
        y: fusedKernel('VjepaLayerNorm', { x: x!, weight: weight!, bias: bias! }, { epsilon: 1e-6 })[0]!,
        gradients: fusedKernel('VjepaLayerNormGrad', { x: x!, weight: weight!, dy: dy! }, { epsilon: 1e-6 }),
      }),
      { x: values([3, 5, 8], 1, 4), weight: values([8], 2), bias: values([8], 3), dy: values([3, 5, 8], 4) },
      2e-5,
      options,
    ),
  );

  it('GELU', () =>
    expectKernel(
      ([x]) => tf.mul(x!, tf.add(tf.mul(tf.erf(tf.mul(x!, Math.SQRT1_2)), 0.5), 0.5)),
      ({ x, dy }) => ({
        y: fusedKernel('VjepaGelu', { x: x! })[0]!,
        gradients: fusedKernel('VjepaGeluGrad', { x: x!, dy: dy! }),
      }),
      { x: values([40, 6], 1, 5), dy: values([40, 6], 2) },
    ));

  for (const [what, B, N, heads, d] of [
    ['attention', 2, 9, 3, 4],
    ['attention in slices of heads', 2, 700, 3, 2],
    ['attention in slices of queries', 1, 1100, 2, 2],
  ] as const) {
    const D = heads * d;
    const inputs = { qkv: values([B, N, 3 * D], 1), dy: values([B, N, D], 2) };
    const asKernels = ({ qkv, dy }: TensorRecord) => {
      const y = fusedKernel('VjepaAttention', { qkv: qkv! }, { numHeads: heads })[0]!;
      return { y, gradients: fusedKernel('VjepaAttentionGrad', { qkv: qkv!, y, dy: dy! }, { numHeads: heads }) };
    };
    it(what, () => expectKernel(plainAttention(heads), asKernels, inputs));
    it(`${what}, bfloat16`, () =>
      expectKernel(plainAttention(heads), asKernels, inputs, 3e-2, { precision: 'bfloat16' }));
    it(`${what}, XLA`, () => expectKernel(plainAttention(heads), asKernels, inputs, 2e-5, { xla: true }));
  }

  it('attention of more queries than parts that fit a cache', async () => {
    // 8,300 queries of one head would be 66 parts of 4 MiB; there are 64.
    const inputs = { qkv: values([1, 8300, 6], 1) };
    const kernel = ({ qkv }: TensorRecord) => ({
      y: fusedKernel('VjepaAttention', { qkv: qkv! }, { numHeads: 1 })[0]!,
    });
    const expected = eager(({ qkv }) => ({ y: plainAttention(1)([qkv!]) }), inputs);
    expectClose(await compiled(kernel, inputs), expected, 2e-5);
  });

  describe('attention of rotated queries and keys', () => {
    const [B, N, heads] = [2, 9, 3];
    const asKernels =
      (paired: number) =>
      ({ qkv, dy, cosine, sine }: TensorRecord) => {
        const given = { qkv: qkv!, cosine: cosine!, sine: sine! };
        const attributes = { numHeads: heads, paired };
        const y = fusedKernel('VjepaRotaryAttention', given, attributes)[0]!;
        return { y, dqkv: fusedKernel('VjepaRotaryAttentionGrad', { ...given, y, dy: dy! }, attributes)[0]! };
      };
    const plainly = ({ qkv, dy, cosine, sine }: TensorRecord) => {
      const f = (x: tf.Tensor) => plainAttention(heads)([plainRotation(heads, cosine!, sine!)(x)]);
      return { y: f(qkv!), dqkv: tf.grad(f)(qkv!, dy!) };
    };
    const inputs = (d: number, sequences: number) => ({
      ...{ qkv: values([B, N, 3 * heads * d], 1), dy: values([B, N, heads * d], 2) },
      ...{ cosine: values([sequences, N, d], 3), sine: values([sequences, N, d], 4) },
    });

    it.each([
      ['tables shared by the sequences', 4, 1],
      ['tables of its own for each sequence', 4, B],
      ['heads of odd width', 5, B],
    ])('%s', async (_name, d, sequences) => {
      const given = inputs(d, sequences);
      const expected = eager(plainly, given);
      for (const xla of [false, true]) expectClose(await compiled(asKernels(0), given, { xla }), expected, 2e-5);
      expectClose(await compiled(asKernels(0), given, { precision: 'bfloat16' }), expected, 3e-2);
    });

    it('pairs that are turned by one angle', async () => {
      const given = inputs(4, B);
      for (const [i] of given.cosine.data.entries()) {
        if (i % 2 === 0) continue;
        given.cosine.data[i] = given.cosine.data[i - 1]!;
        given.sine.data[i] = -given.sine.data[i - 1]!;
      }
      const expected = eager(plainly, given);
      for (const xla of [false, true]) expectClose(await compiled(asKernels(1), given, { xla }), expected, 2e-5);
      expectClose(await compiled(asKernels(1), given, { precision: 'bfloat16' }), expected, 3e-2);
    });
  });

  it.each([
    { xla: false, rotary: false },
    { xla: true, rotary: false },
    { xla: false, rotary: true },
    { xla: true, rotary: true },
  ])('attention that leaves padding out, XLA: $xla, rotary: $rotary', async ({ xla, rotary }) => {
    const [B, N, there, heads, D] = [2, 9, 6, 3, 12];
    const qkv = values([B, N, 3 * D], 1);
    // Padding counts for nothing, whatever stands there; its own gradient comes from elsewhere.
    const dy = values([B, N, D], 2);
    for (const [i] of dy.data.entries()) if (Math.floor(i / D) % N >= there) dy.data[i] = 0;
    const present: HostTensor = { shape: [N], data: Float32Array.from({ length: N }, (_, i) => Number(i < there)) };
    const tables = rotary ? { cosine: values([B, N, D / heads], 3), sine: values([B, N, D / heads], 4) } : {};
    const kernel = rotary ? 'VjepaRotaryAttention' : 'VjepaAttention';
    const attributes = { numHeads: heads, ...(rotary && { paired: 0 }) };
    const actual = await compiled(
      ({ dy, ...given }) => {
        const y = fusedKernel(kernel, given, attributes)[0]!;
        const [dqkv] = fusedKernel(`${kernel}Grad`, { ...given, y, dy: dy! }, attributes);
        return { y: tf.slice(y, [0, 0, 0], [B, there, D]), dqkv: dqkv! };
      },
      { qkv, dy, present, ...tables },
      { xla },
    );
    const expected = eager(
      ({ qkv, dy, cosine, sine }) => {
        const first = (x: tf.Tensor) => tf.slice(x, [0, 0, 0], [B, there, x.shape[2]!]);
        const turned = (x: tf.Tensor) => (rotary ? plainRotation(heads, cosine!, sine!)(x) : x);
        const attend = (x: tf.Tensor) => plainAttention(heads)([first(turned(x))]);
        return { y: attend(qkv!), dqkv: tf.grad(attend)(qkv!, first(dy!)) };
      },
      { qkv, dy, ...tables },
    );
    expectClose(actual, expected, 2e-5);
  });

  it('gathering tokens', async () => {
    const indices: HostTensor = { shape: [2, 3], data: Int32Array.of(4, 0, 4, 1, 2, 3) };
    const inputs = { x: values([2, 5, 4], 1), dy: values([2, 3, 4], 2), indices };
    const actual = await compiled(
      (t) => ({
        y: fusedKernel('VjepaGatherTokens', { x: t.x!, indices: t.indices! })[0]!,
        dx: fusedKernel('VjepaGatherTokensGrad', { dy: t.dy!, indices: t.indices!, x: t.x! })[0]!,
      }),
      inputs,
    );
    const onehot = tf.oneHot(tf.tensor2d([...indices.data].map(Number), [2, 3], 'int32'), 5);
    const expected = eager(
      ({ x, dy }) => ({
        y: tf.matMul(tf.cast(onehot, 'float32'), x!),
        dx: tf.matMul(tf.cast(onehot, 'float32'), dy!, true),
      }),
      { x: inputs.x, dy: inputs.dy },
    );
    expectClose(actual, expected, 1e-6);
  });

  it('the sum of squares', async () => {
    const { norm } = await compiled(({ x }) => ({ norm: fusedKernel('VjepaSquaredNorm', { x: x! })[0]! }), {
      x: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    });
    expect(norm!.data[0]).toBe(30);
  });
});

describeWithTensorFlow('AdamW and moving averages', () => {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const [rate, decay, momentum] = [0.01, 0.1, 0.99];

  /** PyTorch's AdamW in double precision, from its documentation. */
  function reference(p: number, m: number, v: number, g: number, t: number): [number, number, number] {
    const shrunk = p * (1 - rate * decay);
    const m1 = beta1 * m + (1 - beta1) * g;
    const v1 = beta2 * v + (1 - beta2) * g * g;
    const step = (rate / (1 - beta1 ** t)) * (m1 / (Math.sqrt(v1 / (1 - beta2 ** t)) + epsilon));
    return [shrunk - step, m1, v1];
  }

  const update: StepFunction = ({ p, m, v, average }, { g, learningRate, weightDecay, step }) => {
    const inputs = { parameter: p!, gradient: g!, expAvg: m!, expAvgSq: v! };
    const scalars = { learningRate: learningRate!, weightDecay: weightDecay!, step: step! };
    const [p1, m1, v1] = fusedKernel('VjepaAdamW', { ...inputs, ...scalars }, { beta1, beta2, epsilon });
    const next = fusedKernel('VjepaMovingAverage', {
      average: average!,
      value: p1!,
      momentum: tf.scalar(momentum),
    })[0]!;
    return { state: { p: p1!, m: m1!, v: v1!, average: next }, outputs: { norm: tf.sum(tf.square(p1!)) } };
  };

  const initial = {
    p: values([3, 4], 1),
    m: { shape: [3, 4], data: new Float32Array(12) },
    v: { shape: [3, 4], data: new Float32Array(12) },
    average: values([3, 4], 1),
  };

  for (const inPlace of [true, false]) {
    it(inPlace ? 'change the state in place' : 'or not, where the state becomes something else', async () => {
      // A negated moment is no longer the update's own result, which rules the update in place out.
      const away: StepFunction = (state, inputs) => {
        const result = update({ ...state, m: tf.neg(state.m!) }, inputs);
        return { ...result, state: { ...result.state, m: tf.neg(result.state.m!) } };
      };
      const step = runtime.compile(inPlace ? update : away, { state: initial });
      let expected = Array.from(initial.p.data, (p): [number, number, number] => [p, 0, 0]);
      let average = Array.from(initial.p.data);
      for (let t = 1; t <= 4; t++) {
        const g = values([3, 4], 10 + t, 10 ** -t);
        const { norm } = await step({ g, learningRate: rate, weightDecay: decay, step: t });
        expected = expected.map(([p, m, v], i) => reference(p, m, v, g.data[i]!, t));
        average = average.map((k, i) => momentum * k + (1 - momentum) * expected[i]![0]);
        expect(norm!.data[0]).toBeCloseTo(
          expected.reduce((sum, [p]) => sum + p * p, 0),
          4,
        );
      }
      const state = (await step.readState()) as Record<string, FloatTensor>;
      for (const [slot, name] of ['p', 'm', 'v'].entries()) {
        const sign = name === 'm' && !inPlace ? -1 : 1;
        const column = expected.map((row) => sign * row[slot]!);
        expect(state[name]!.data, name).toBeAllClose(column, { ofLargest: 3e-5 });
      }
      expect(state.average!.data).toBeAllClose(average, { ofLargest: 1e-6 });
      step.dispose();
    });
  }

  const flat = (x: tf.Tensor) => tf.reshape(x, [x.size]);
  it.each([
    ['as it is', (x: tf.Tensor) => x, false],
    ['reshaped', flat, false],
    ['computed with', (x: tf.Tensor) => tf.neg(tf.neg(x)), false],
    ['reshaped, XLA', flat, true],
  ])('leave what the state was to those who want it: %s', async (_name, told, xla) => {
    const step = runtime.compile(
      (state, inputs) => {
        const { state: next } = update(state, inputs);
        const before = Object.fromEntries(Object.entries(state).map(([name, x]) => [name, told(x)]));
        return { state: next, outputs: { ...before, change: tf.sub(next.p!, state.p!) } };
      },
      { state: initial, xla, device: '/device:CPU:0' },
    );
    for (let t = 1; t <= 3; t++) {
      const before = (await step.readState()) as Record<string, FloatTensor>;
      const inputs = { g: values([3, 4], t), learningRate: rate, weightDecay: decay, step: t };
      const { change, ...outputs } = await step(inputs);
      for (const [name, { data }] of Object.entries(before))
        expect(outputs[name]!.data, `${name} at ${t}`).toEqual(data);
      const after = (await step.readState(['p'])).p!.data as Float32Array;
      const moved = after.map((x, i) => x - before.p!.data[i]!);
      expect(change!.data as Float32Array).toBeAllClose(moved, { ofLargest: 1e-6 });
    }
    step.dispose();
  });
});
