import { DataType } from '../data-type.js';
import { sizeOf, times } from '../dimension.js';
import type { Value } from '../node.js';
import type { FusedKernel } from './fused-kernel.js';
import type { GraphWriter } from './graph-writer.js';

/** y[b, k] = x[b, indices[b, k]] */
export const gatherTokens: FusedKernel = {
  name: 'VjepaGatherTokens',
  inputs: ['x', 'indices'],
  results: ([x, indices]) => [{ dtype: x!.dtype, shape: [...indices!.shape, x!.shape[2]!] }],
  lower([x, indices], _attributes, { writer: w, xla }) {
    const [B, N, D] = x!.shape;
    if (xla) return [gatherWithinClips(x!, indices!, w)];
    const rows = w.reshape(x!, [times(B!, N!), D!]);
    const attributes = {
      Tparams: { kind: 'type', value: x!.dtype },
      Tindices: { kind: 'type', value: DataType.INT32 },
      Taxis: { kind: 'type', value: DataType.INT32 },
    } as const;
    const flat = rowNumbers(x!, indices!, w);
    const shape = [flat.shape[0]!, D!];
    const axis = w.scalar(0, DataType.INT32);
    const gathered = w.write('GatherV2', attributes, [rows, flat, axis], [{ dtype: x!.dtype, shape }])[0]!;
    return [w.reshape(gathered, [...indices!.shape, D!])];
  },
};

/** dx[b, indices[b, k]] += dy[b, k] */
export const gatherTokensGrad: FusedKernel = {
  name: 'VjepaGatherTokensGrad',
  inputs: ['dy', 'indices', 'x'],
  results: ([, , x]) => [x!],
  lower([dy, indices, x], _attributes, { writer: w, ownOperations }) {
    const [B, N, D] = x!.shape;
    if (ownOperations) return w.write(SUM_WITHIN_CLIPS, {}, [dy!, indices!], [x!]);
    const rows = times(B!, N!);
    const attributes = {
      T: { kind: 'type', value: dy!.dtype },
      Tindices: { kind: 'type', value: DataType.INT32 },
      Tnumsegments: { kind: 'type', value: DataType.INT32 },
    } as const;
    const inputs = [w.asRows(dy!), rowNumbers(x!, indices!, w), w.scalar(rows, DataType.INT32)];
    const sums = w.write('UnsortedSegmentSum', attributes, inputs, [{ dtype: dy!.dtype, shape: [rows, D!] }])[0]!;
    return [w.reshape(sums, x!.shape)];
  },
};

/**
 * The operation of engines that write their own: z[b, indices[b, k]] += y[b, k], of y [B, K, D] and indices [B, K] to z
 * [B, N, D]. TensorFlow sums segments of one axis only, over which devices that share the clips would have to meet.
 */
export const SUM_WITHIN_CLIPS = 'SumWithinClips';

function gatherWithinClips(x: Value, indices: Value, w: GraphWriter): Value {
  const attributes = {
    Tparams: { kind: 'type', value: x.dtype },
    Tindices: { kind: 'type', value: DataType.INT32 },
    Taxis: { kind: 'type', value: DataType.INT32 },
    batch_dims: { kind: 'int', value: 1 },
  } as const;
  const shape = [...indices.shape, x.shape[2]!];
  return w.write('GatherV2', attributes, [x, indices, w.scalar(1, DataType.INT32)], [{ dtype: x.dtype, shape }])[0]!;
}

/** Places in a clip as rows of all clips one below the other: [B, K] → [B · K]. */
function rowNumbers(x: Value, indices: Value, w: GraphWriter): Value {
  const [B, N] = x.shape;
  const flat = [sizeOf(indices.shape)];
  if (B === 1) return w.reshape(indices, flat);
  const limits = [w.scalar(0, DataType.INT32), w.scalar(times(B!, N!), DataType.INT32), w.scalar(N!, DataType.INT32)];
  const attributes = { Tidx: { kind: 'type', value: DataType.INT32 } } as const;
  const first = w.write('Range', attributes, limits, [{ dtype: DataType.INT32, shape: [B!] }])[0]!;
  return w.reshape(w.add(indices, w.reshape(first, [B!, 1])), flat);
}
