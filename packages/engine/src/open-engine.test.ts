import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { findTensorFlow } from '@vjepa/tensorflow';
import { findPlugin } from '@vjepa/xla';
import { describe, expect, it } from 'vitest';
import {
  EngineError,
  type EngineOptions,
  openEngine,
  requireSharedBatch,
  type StepFunction,
  scalarOf,
} from './index.js';

const installed = (await findTensorFlow()) !== undefined;
const hasXla = findPlugin({ kind: 'cpu' }) !== undefined;

/** w <- w - dl/dw, l = mean (x w)^2 */
const descend: StepFunction = (state, { x }) => {
  const loss = tf.valueAndGrads((w) => tf.mean(tf.square(tf.mul(x!, w as tf.Tensor))) as tf.Scalar);
  const { value, grads } = loss([state.w!]);
  return { state: { w: tf.sub(state.w!, grads[0]!) }, outputs: { loss: value } };
};

async function refusal(options: EngineOptions): Promise<EngineError> {
  const error = await openEngine(options).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
}

describe('openEngine', () => {
  it.each([
    [{ precision: 'fp16' }, "precision 'fp16': is neither 'float32' nor 'bfloat16'"],
    [{ device: 'cuda' }, "device 'cuda': is neither 'cpu' nor 'gpu'"],
  ])('takes %j for no engine', async (options, message) => {
    expect((await refusal(options as EngineOptions)).message).toBe(message);
  });

  it.each(['cpu', 'wasm', ...(installed ? ['tensorflow'] : []), ...(hasXla ? ['xla'] : [])])(
    'runs a step on %s',
    async (backend) => {
      const engine = await openEngine({ backend });
      expect(engine).toMatchObject({
        backend,
        compiled: ['tensorflow', 'xla'].includes(backend),
        devices: 1,
        precision: 'float32',
      });
      const run = engine.bind(descend, { w: { shape: [1], data: Float32Array.of(1) } });
      const { loss } = await run({ x: { shape: [2], data: Float32Array.of(1, 0) } });
      expect(scalarOf(loss!)).toBe(0.5);
      // d/dw mean (x w)^2 = mean 2 x^2 w = 1
      expect(Array.from((await run.readState()).w!.data, Number)).toEqual([0]);
      run.dispose();
    },
  );

  it.skipIf(!hasXla)('has XLA choose attention by the device, and says why', async () => {
    const options = { backend: 'xla', device: 'cpu', precision: 'bfloat16' } as const;
    const { attention, mode } = await openEngine(options);
    expect(attention).toEqual({ fused: false, because: 'cpu has no cuDNN' });
    expect(mode).toBe('compiled steps, bfloat16 products');
    const { attention: forbidden } = await openEngine({ ...options, fusedAttention: false });
    expect(forbidden).toEqual({ fused: false, because: 'fused attention is forbidden' });
    expect(await refusal({ ...options, fusedAttention: true })).toMatchObject({ setting: 'fusedAttention' });
  });

  it('says what it chose', async () => {
    const { description, mode, place } = await openEngine({ backend: 'cpu', precision: 'bfloat16' });
    expect([place, mode]).toEqual(['CPU', 'operation by operation']);
    expect(description).toBe('cpu, operation by operation; bfloat16 is not available here, computing in float32');
  });

  it('refuses a backend that nobody registered, and says which there are', async () => {
    const error = await refusal({ backend: 'webgpu' });
    expect(error).toMatchObject({ code: 'unavailable', setting: 'backend', found: 'webgpu' });
    expect(error.message).toMatch(/^backend 'webgpu': no such backend is registered; import its package first\. .*cpu/);
  });

  const HOSTS = {
    index: 0,
    count: 2,
    addresses: ['a', 'b'],
    gather: <T>(_: string, value: T) => Promise.resolve([value]),
  };

  it.each<[EngineOptions, string]>([
    [{ devices: 'all', device: 'cpu' }, "devices 'all': device 'cpu' computes on no GPU; leave out one of the two"],
    [{ devices: [0, 1], backend: 'wasm' }, "devices [0, 1]: backend 'wasm' computes on the CPU only"],
    [{ devices: [0, 1], backend: 'webgpu' }, "devices [0, 1]: backend 'webgpu' computes on one device"],
    [{ devices: 'all', eager: true }, "devices 'all': eager runs operation by operation on one device"],
    [{ device: 'gpu', backend: 'wasm' }, "device 'gpu': backend 'wasm' computes on the CPU only"],
    [{ device: 'cpu', backend: 'webgl' }, "device 'cpu': backend 'webgl' computes on the GPU"],
    [{ hosts: HOSTS, backend: 'wasm' }, "hosts 2: backend 'wasm' runs in this process alone"],
    [{ hosts: HOSTS, backend: 'xla', device: 'cpu' }, "hosts 2: backend 'xla' shares GPUs between processes, not CPUs"],
  ])('refuses settings that speak against each other: %o', async (options, message) => {
    const error = await refusal(options);
    expect(error.code).toBe('conflict');
    expect(error.message).toContain(message);
  });

  it('has a state in parts on several devices of XLA alone', async () => {
    for (const backend of ['tensorflow', 'wasm', undefined] as const) {
      expect((await refusal({ shardState: true, backend })).message).toContain(
        'shardState: wants several devices of XLA, which each keep a part of the state',
      );
    }
  });

  it('has hosts of XLA only with a store, by which GPUs find each other', async () => {
    const { message } = await refusal({ hosts: HOSTS, backend: 'xla' });
    expect(message).toContain('hosts 2: have no store, by which XLA finds the GPUs of the others');
  });

  it('takes undefined for the default', async () => {
    const engine = await openEngine({ backend: 'cpu', device: undefined, devices: undefined, eager: undefined });
    expect(engine.backend).toBe('cpu');
  });
});

describe('a batch that devices share', () => {
  it('is a multiple of them', () => {
    expect(() => requireSharedBatch({ devices: 5 }, 10)).not.toThrow();
    expect(() => requireSharedBatch({ devices: 4 }, 10)).toThrow(
      'devices 4: they cannot share a batch of 10 equally; make it a multiple of 4',
    );
  });
});
