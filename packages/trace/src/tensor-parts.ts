import type { HostTensor } from '@vjepa/engine';

/** Of a tensor that is cut along an axis into `count` equal parts, one: a view where it lies in one piece. */
export function partOf(x: HostTensor, axis: number, part: number, count: number): HostTensor {
  const { shape, data } = x;
  const size = shape[axis]! / count;
  const outer = product(shape.slice(0, axis));
  const row = size * product(shape.slice(axis + 1));
  const ofShape = shape.map((length, i) => (i === axis ? size : length));
  // A view, so that memory that is lent to an engine stays lent.
  if (outer === 1) return { shape: ofShape, data: data.subarray(part * row, (part + 1) * row) };
  const own = emptyLike(data, outer * row);
  for (let i = 0; i < outer; i++) {
    const start = (i * count + part) * row;
    own.set(data.subarray(start, start + row) as never, i * row);
  }
  return { shape: ofShape, data: own };
}

/** The tensor of which these are the equal parts along an axis, in order. */
export function joinParts(parts: readonly HostTensor[], axis = 0): HostTensor {
  const [{ shape, data }] = parts as [HostTensor];
  if (parts.length === 1) return { shape, data };
  const outer = product(shape.slice(0, axis));
  const row = product(shape.slice(axis));
  const all = emptyLike(data, data.length * parts.length);
  for (const [p, part] of parts.entries()) {
    for (let i = 0; i < outer; i++) {
      all.set(part.data.subarray(i * row, (i + 1) * row) as never, (i * parts.length + p) * row);
    }
  }
  return { shape: shape.map((size, i) => (i === axis ? size * parts.length : size)), data: all };
}

/** The first rows along the first axis. */
export function firstRows({ shape, data }: HostTensor, rows: number): HostTensor {
  if (shape.length === 0 || shape[0]! <= rows) return { shape, data };
  return { shape: [rows, ...shape.slice(1)], data: data.slice(0, rows * product(shape.slice(1))) };
}

/** Memory for so many elements of the type. */
export function emptyLike(data: HostTensor['data'], length: number): HostTensor['data'] {
  return new (data.constructor as new (length: number) => typeof data)(length);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}
