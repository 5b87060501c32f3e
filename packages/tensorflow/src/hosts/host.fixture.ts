import * as tf from '@tensorflow/tfjs-core';
import {
  type HostGroup,
  type HostTensor,
  meanOverReplicas,
  minimumOverReplicas,
  reverseBatch,
  type StepFunction,
  samplesOverReplicas,
  sumOverReplicas,
} from '@vjepa/engine';
import { loadTensorFlow } from '../index.js';

// One of several processes that run a step together, a child of the test: node host.js INDEX COUNT DEVICES

/** Numbers that tell one sample from another. */
export function numbers(shape: readonly number[], first = 0): HostTensor {
  const data = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => Math.sin((first + i) * 12.9));
  return { shape: [...shape], data };
}

/** A step that exchanges in every way: gradients' mean, a sum, a least, what the other end of the batch has. */
export const exchangingStep: StepFunction = (state, { x }) => {
  const mixed = tf.add(x!, tf.mul(reverseBatch(x!), 0.5));
  const loss = (w: tf.Tensor) => tf.mean(tf.square(tf.sub(tf.mul(mixed, w), 1)));
  const { value, grad } = tf.valueAndGrad(loss as (w: tf.Tensor) => tf.Scalar)(state.w!);
  return {
    state: { w: tf.sub(state.w!, tf.mul(meanOverReplicas(grad), 0.1)) },
    outputs: {
      loss: value,
      sum: sumOverReplicas(tf.sum(x!)),
      least: minimumOverReplicas(tf.min(x!)),
      samples: tf.scalar(samplesOverReplicas(x!.shape[0]!)),
      rows: tf.sum(mixed, 1),
    },
  };
};

/** What a host tells the test. */
export type HostMessage = { gather: string; value: unknown } | { result: HostResult };

export interface HostResult {
  outputs: Record<string, number[]>[];
  w: number[];
}

const [index, count, devices] = process.argv.slice(2).map(Number);
if (process.send !== undefined && process.argv[1]?.includes('host.js')) {
  const waiting = new Map<string, (values: unknown[]) => void>();
  process.on('message', ({ name, values }: { name: string; values: unknown[] }) => waiting.get(name)!(values));
  const group: HostGroup = {
    index: index!,
    count: count!,
    addresses: Array.from({ length: count! }, () => '127.0.0.1'),
    gather: <T>(name: string, value: T) =>
      new Promise<T[]>((resolve) => {
        waiting.set(name, resolve as (values: unknown[]) => void);
        process.send!({ gather: name, value } satisfies HostMessage);
      }),
  };
  const runtime = await loadTensorFlow({ device: 'cpu' });
  const named = Array.from({ length: devices! }, (_, i) => `/device:CPU:${i}`);
  const hosts = await runtime.joinHosts(group, { devices: named });
  const step = runtime.compile(exchangingStep, { state: { w: numbers([2]) }, devices: named, hosts });
  const outputs: HostResult['outputs'] = [];
  const own = 12 / count!;
  for (let t = 0; t < 3; t++) {
    const values = await step({ x: numbers([own, 2], 100 * t + 2 * own * index!) });
    outputs.push(
      Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, Array.from(data, Number)])),
    );
  }
  const w = Array.from((await step.readState()).w!.data, Number);
  process.send({ result: { outputs, w } } satisfies HostMessage, undefined, {}, () => process.exit(0));
}
