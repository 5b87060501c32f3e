import type { HostTensor } from '../host-tensor.js';

/**
 * Each replica's part of the inputs: those of rank 1 or more are cut along their first axis, the batch, into equal parts;
 * scalars are everyone's.
 *
 * @throws Error if an input cannot be cut into `count` equal parts
 */
export function splitInputs(inputs: Readonly<Record<string, HostTensor>>, count: number): Record<string, HostTensor>[] {
  if (count === 1) return [inputs];
  return Array.from({ length: count }, (_, replica) => {
    const parts = Object.entries(inputs).map(([name, input]) => [name, partOf(name, input, replica, count)] as const);
    return Object.fromEntries(parts);
  });
}

function partOf(name: string, { shape, data }: HostTensor, replica: number, count: number): HostTensor {
  if (shape.length === 0) return { shape, data };
  const [batch, ...rest] = shape as [number, ...number[]];
  if (batch % count !== 0) {
    throw new Error(`input '${name}' has a batch of ${batch}, which ${count} devices cannot share: make it a multiple`);
  }
  const size = data.length / count;
  return { shape: [batch / count, ...rest], data: data.subarray(replica * size, (replica + 1) * size) };
}

/** What replicas returned, as one: means of float32 scalars, the first one's other scalars, all samples of the rest. */
export function joinOutputs(replicas: readonly Record<string, HostTensor>[]): Record<string, HostTensor> {
  const [first] = replicas as [Record<string, HostTensor>];
  if (replicas.length === 1) return first;
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, joined(replicas.map((outputs) => outputs[name]!))] as const),
  );
}

function joined(parts: readonly HostTensor[]): HostTensor {
  const [{ shape, data }] = parts as [HostTensor];
  if (shape.length > 0) {
    const all = new (data.constructor as new (size: number) => typeof data)(data.length * parts.length);
    for (const [i, part] of parts.entries()) all.set(part.data as never, i * data.length);
    return { shape: [shape[0]! * parts.length, ...shape.slice(1)], data: all };
  }
  if (!(data instanceof Float32Array)) return parts[0]!;
  const sum = parts.reduce((total, part) => total + Number(part.data[0]), 0);
  return { shape, data: Float32Array.of(sum / parts.length) };
}
