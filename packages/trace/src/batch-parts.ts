import type { HostTensor, StepFunction } from '@vjepa/engine';
import { ACROSS_REPLICAS_KERNELS } from './lower/across-replicas.js';
import { emptyLike, firstRows, joinParts, partOf, product } from './tensor-parts.js';
import type { Trace } from './trace-function.js';

type Inputs = Readonly<Record<string, HostTensor>>;

/** Where samples lie in a step's inputs; see {@link StepFunction.batchAxes}. */
export type BatchAxes = NonNullable<StepFunction['batchAxes']>;

/**
 * How many samples the inputs have; undefined where none of them has a batch.
 *
 * @throws Error if they do not agree
 */
export function samplesOf(inputs: Inputs, axes: BatchAxes = {}): number | undefined {
  const found = Object.entries(inputs).flatMap(([name, { shape }]) => {
    const axis = batchAxis(name, shape, axes);
    return axis === undefined ? [] : [{ name, axis, samples: shape[axis]! }];
  });
  const [first] = found;
  const other = found.find(({ samples }) => samples !== first!.samples);
  if (first === undefined || other === undefined) return first?.samples;
  throw new Error(
    `devices cannot share a batch of ${first.samples} samples by axis ${first.axis} of input '${first.name}' and ` +
      `${other.samples} by axis ${other.axis} of '${other.name}': the function's batchAxes says along which axis samples ` +
      "lie where it is not the first, and 'whole' of an input that is every device's",
  );
}

/** Each replica's part of the inputs: equal parts of the batch, in order; what has no batch is everyone's. */
export function splitInputs(inputs: Inputs, count: number, axes: BatchAxes = {}): Record<string, HostTensor>[] {
  return Array.from({ length: count }, (_, part) => mapBatch(inputs, axes, (x, axis) => partOf(x, axis, part, count)));
}

/** The inputs with their last sample again and again at the end, up to so many samples. */
export function padBatch(inputs: Inputs, samples: number, axes: BatchAxes = {}): Record<string, HostTensor> {
  return mapBatch(inputs, axes, (x, axis) => withLastRepeated(x, axis, samples));
}

/**
 * Whether a function's results, as a trace shows it, are one row for each sample of its batch and nothing else, so that
 * samples may be added to a batch and their rows left out.
 */
export function isPerSample({ nodes, state, outputs }: Trace, samples: number): boolean {
  if (state.size > 0 || nodes.some(({ op }) => EXCHANGES.has(op))) return false;
  return Array.from(outputs.values()).every(({ shape }) => shape[0] === samples);
}

const EXCHANGES = new Set(ACROSS_REPLICAS_KERNELS.map(({ name }) => name));

/**
 * What replicas returned, as one: means of float32 scalars, the first one's other scalars, all samples of the rest.
 *
 * @param samples leave out rows after so many; default: none
 */
export function joinOutputs(
  replicas: readonly Record<string, HostTensor>[],
  samples = Number.POSITIVE_INFINITY,
): Record<string, HostTensor> {
  const [first] = replicas as [Record<string, HostTensor>];
  if (replicas.length === 1) return first;
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const all = joined(replicas.map((outputs) => outputs[name]!));
      return [name, firstRows(all, samples)] as const;
    }),
  );
}

/** Along which axis an input's samples lie; undefined of one that is every device's. */
export function batchAxis(name: string, shape: readonly number[], axes: BatchAxes): number | undefined {
  const axis = axes[name] ?? (shape.length === 0 ? 'whole' : 0);
  return axis === 'whole' ? undefined : axis;
}

function mapBatch(inputs: Inputs, axes: BatchAxes, cut: (x: HostTensor, axis: number) => HostTensor) {
  const entries = Object.entries(inputs).map(([name, x]) => {
    const axis = batchAxis(name, x.shape, axes);
    return [name, axis === undefined ? x : cut(x, axis)] as const;
  });
  return Object.fromEntries(entries);
}

function withLastRepeated({ shape, data }: HostTensor, axis: number, samples: number): HostTensor {
  const length = shape[axis]!;
  const outer = product(shape.slice(0, axis));
  const inner = product(shape.slice(axis + 1));
  const padded = emptyLike(data, outer * samples * inner);
  for (let i = 0; i < outer; i++) {
    const own = data.subarray(i * length * inner, (i + 1) * length * inner);
    padded.set(own as never, i * samples * inner);
    const last = own.subarray((length - 1) * inner);
    for (let j = length; j < samples; j++) padded.set(last as never, (i * samples + j) * inner);
  }
  return { shape: shape.map((size, i) => (i === axis ? samples : size)), data: padded };
}

function joined(parts: readonly HostTensor[]): HostTensor {
  const [{ shape, data }] = parts as [HostTensor];
  if (shape.length > 0) return joinParts(parts);
  if (!(data instanceof Float32Array)) return parts[0]!;
  const sum = parts.reduce((total, part) => total + Number(part.data[0]), 0);
  return { shape, data: Float32Array.of(sum / parts.length) };
}
