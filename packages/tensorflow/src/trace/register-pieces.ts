import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Piece } from './lower/piece.js';
import { PIECES } from './lower/pieces.js';
import type { Attributes } from './node.js';
import type { TensorSpec } from './recorder.js';
import { TRACE_BACKEND, type TraceBackend } from './trace-backend.js';

/** Offers the pieces to models as kernels of the tracer. */
export function registerPieces(): void {
  for (const piece of PIECES.values()) {
    registerKernel({
      kernelName: piece.name,
      backendName: TRACE_BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) =>
        record(piece, inputs as Record<string, TensorInfo>, attrs as Record<string, number>, backend as TraceBackend),
    });
  }
}

function record(
  piece: Piece,
  inputs: Record<string, TensorInfo>,
  numbers: Record<string, number> | undefined,
  backend: TraceBackend,
) {
  const values = piece.inputs.map((name) => {
    const input = inputs[name];
    if (input === undefined) throw new Error(`${piece.name} takes ${piece.inputs}, but '${name}' is missing`);
    return backend.graphValue(input);
  });
  const optional = piece.optionalInput === undefined ? undefined : inputs[piece.optionalInput];
  if (optional !== undefined) values.push(backend.graphValue(optional));
  const attributes: Attributes = Object.fromEntries(
    Object.entries(numbers ?? {}).map(([name, value]) => [name, { kind: 'float', value } as const]),
  );
  const results = piece.results(values as unknown as TensorSpec[], numbers ?? {});
  return backend.recorder.piece(piece.name, attributes, values, results).map((value) => backend.tensorOf(value));
}
