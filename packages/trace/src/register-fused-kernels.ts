import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedKernel } from './lower/fused-kernel.js';
import { FUSED_KERNELS } from './lower/fused-kernels.js';
import type { Attributes } from './node.js';
import type { TensorSpec } from './recorder.js';
import { TRACE_BACKEND, type TraceBackend } from './trace-backend.js';

/** Offers the fused kernels to models as kernels of the tracer. */
export function registerFusedKernels(): void {
  for (const kernel of FUSED_KERNELS.values()) {
    registerKernel({
      kernelName: kernel.name,
      backendName: TRACE_BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) =>
        record(kernel, inputs as Record<string, TensorInfo>, attrs as Record<string, number>, backend as TraceBackend),
    });
  }
}

function record(
  kernel: FusedKernel,
  inputs: Record<string, TensorInfo>,
  numbers: Record<string, number> | undefined,
  backend: TraceBackend,
) {
  const values = kernel.inputs.map((name) => {
    const input = inputs[name];
    if (input === undefined) throw new Error(`${kernel.name} takes ${kernel.inputs}, but '${name}' is missing`);
    return backend.graphValue(input);
  });
  const optional = kernel.optionalInput === undefined ? undefined : inputs[kernel.optionalInput];
  if (optional !== undefined) values.push(backend.graphValue(optional));
  const attributes: Attributes = Object.fromEntries(
    Object.entries(numbers ?? {}).map(([name, value]) => [name, { kind: 'float', value } as const]),
  );
  const results = kernel.results(values as unknown as TensorSpec[], numbers ?? {});
  return backend.recorder
    .ownOperation(kernel.name, attributes, values, results)
    .map((value) => backend.tensorOf(value));
}
