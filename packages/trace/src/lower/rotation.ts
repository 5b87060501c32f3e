import { DataType } from '../data-type.js';
import type { Dimension } from '../dimension.js';
import type { Value } from '../node.js';
import type { LoweringContext } from './fused-kernel.js';
import type { GraphWriter } from './graph-writer.js';

/** What pairs of channels are rotated by: y[2k] = x[2k] cosine[2k] + x[2k+1] sine[2k], and so with 2k and 2k+1 exchanged. */
export interface Rotation {
  /** [B, N, d], or [1, N, d] where all sequences share it. */
  cosine: Value;
  /** The same shape. */
  sine: Value;
  /** Whether both channels of a pair are turned by the same angle: the cosines are then equal, the sines opposite. */
  paired: boolean;
}

/**
 * Rotates heads, in float32.
 *
 * On a CPU a pair of channels is a complex number z, and y = turn z + mirror conj(z): exchanging the two channels, which
 * TensorFlow does slowly, is conjugation there, and where both turn by one angle there is no mirror and all is one product.
 * XLA fuses the exchange with the sum.
 *
 * @param x [2, B, H, N, d], queries and keys
 * @param options.back by the transposed map, as gradients are
 * @returns the shape and type of x
 */
export function rotated(
  x: Value,
  rotation: Rotation,
  context: LoweringContext,
  { back = false }: { back?: boolean } = {},
): Value {
  const { writer: w, xla } = context;
  const d = x.shape[4] as number;
  const wide = w.cast(x, DataType.FLOAT);
  const y = xla || d % 2 === 1 ? sumOfTwo(wide, rotation, back, w) : complexProduct(wide, rotation, back, w);
  return w.cast(y, x.dtype);
}

function complexProduct(x: Value, rotation: Rotation, back: boolean, w: GraphWriter): Value {
  const z = asComplex(x, w);
  const { turn, mirror } = w.once(() => complexTables(rotation, back, w));
  // TensorFlow multiplies by a table that it has to broadcast between other axes slowly, and copies floats fast.
  const repeated = (table: Value) =>
    table.shape[0] === 1 ? table : asComplex(w.broadcastTo(asPairs(table, w), x.shape.slice(1)), w);
  const turned = w.mul(z, repeated(turn));
  return asPairs(mirror === undefined ? turned : w.add(turned, w.mul(w.unary('Conj', z), repeated(mirror))), w);
}

/** [B, 1, N, d / 2] each. */
function complexTables({ cosine, sine, paired }: Rotation, back: boolean, w: GraphWriter) {
  const [cosines, sines] = [asComplex(byHead(cosine, w), w), asComplex(byHead(sine, w), w)];
  const [cosine0, cosine1] = [part('Real', cosines, w), part('Imag', cosines, w)];
  const sine0 = part(back ? 'Imag' : 'Real', sines, w);
  const sine1 = part(back ? 'Real' : 'Imag', sines, w);
  if (paired) return { turn: complex(cosine0, sine1, w), mirror: undefined };
  const half = (value: Value) => w.scale(value, 0.5);
  return {
    turn: complex(half(w.add(cosine0, cosine1)), half(w.sub(sine1, sine0)), w),
    mirror: complex(half(w.sub(cosine0, cosine1)), half(w.add(sine1, sine0)), w),
  };
}

/** x cosine + exchanged(x) sine; the transposed map has the sines exchanged. */
function sumOfTwo(x: Value, { cosine, sine }: Rotation, back: boolean, w: GraphWriter): Value {
  const sines = back ? exchanged(sine, w) : sine;
  return w.add(w.mul(x, byHead(cosine, w)), w.mul(exchanged(x, w), byHead(sines, w)));
}

/** [B, N, d] -> [B, 1, N, d] */
function byHead(table: Value, w: GraphWriter): Value {
  const [B, N, d] = table.shape as [Dimension, Dimension, Dimension];
  return w.reshape(table, [B, 1, N, d]);
}

const type = (value: number) => ({ kind: 'type', value }) as const;
const [FLOAT, COMPLEX] = [type(DataType.FLOAT), type(DataType.COMPLEX64)];

/** The same memory: [..., d] floats as [..., d / 2] complex numbers. */
function asComplex(x: Value, w: GraphWriter): Value {
  const shape = [...x.shape.slice(0, -1), (x.shape.at(-1) as number) / 2];
  const result = { dtype: DataType.COMPLEX64, shape };
  return w.write('Bitcast', { T: FLOAT, type: COMPLEX }, [w.reshape(x, [...shape, 2])], [result])[0]!;
}

/** The reverse of `asComplex`. */
function asPairs(z: Value, w: GraphWriter): Value {
  const result = { dtype: DataType.FLOAT, shape: [...z.shape, 2] };
  const [pairs] = w.write('Bitcast', { T: COMPLEX, type: FLOAT }, [z], [result]);
  return w.reshape(pairs!, [...z.shape.slice(0, -1), 2 * (z.shape.at(-1) as number)]);
}

function part(which: 'Real' | 'Imag', z: Value, w: GraphWriter): Value {
  return w.write(which, { T: COMPLEX, Tout: FLOAT }, [z], [{ dtype: DataType.FLOAT, shape: z.shape }])[0]!;
}

function complex(real: Value, imaginary: Value, w: GraphWriter): Value {
  const result = { dtype: DataType.COMPLEX64, shape: real.shape };
  return w.write('Complex', { T: FLOAT, Tout: COMPLEX }, [real, imaginary], [result])[0]!;
}

/** Channels 2k and 2k + 1 exchanged; the last one of an odd number stays. */
function exchanged(x: Value, w: GraphWriter): Value {
  const outer = x.shape.slice(0, -1);
  const d = x.shape.at(-1) as number;
  const paired = d - (d % 2);
  const [pairs, last] = w.split(x, d === paired ? [d] : [paired, 1], outer.length);
  const cut = w.reshape(pairs!, [...outer, paired / 2, 2]);
  const attributes = { T: FLOAT, Tidx: type(DataType.INT32) };
  const [reversed] = w.write('ReverseV2', attributes, [cut, w.sizes([cut.shape.length - 1])], [cut]);
  const exchanged = w.reshape(reversed!, pairs!.shape);
  return last === undefined ? exchanged : w.concat([exchanged, last], outer.length, d);
}
