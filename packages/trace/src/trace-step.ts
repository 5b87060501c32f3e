import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import { type DynamicLengths, tracingLengths } from './dynamic-lengths.js';
import { KernelConstants } from './kernel-constants.js';
import { registerOwnKernels } from './kernels/register.js';
import { Recorder } from './recorder.js';
import { registerFusedKernels } from './register-fused-kernels.js';
import { registerGradients } from './register-gradients.js';
import type { ShapeInference } from './shape-inference.js';
import { loadTfjsNodeKernels } from './tfjs-node-kernels.js';
import { TRACE_BACKEND, TraceBackend } from './trace-backend.js';
import { type Specs, type Trace, traceFunction } from './trace-function.js';
import { unifyTraces } from './unify-traces.js';

/** How a step is traced. */
export interface TraceOptions {
  /** Which axes of the inputs change from call to call; a trace without any is of fixed sizes. */
  dynamic: DynamicLengths;
  /** Who knows what comes out of an operation. It is disposed of when the trace is done. */
  shapes: ShapeInference;
  /** Among how many replicas of the function the batch is shared. Default: one device. */
  replicas?: number | undefined;
  /** Whether some of them are other processes'. Default: false. */
  acrossHosts?: boolean | undefined;
}

/**
 * Writes down what a step does, for all lengths of its dynamic axes: one trace, or three made into one where there are
 * any.
 *
 * @throws TraceError naming the operation and the line of user code, for whatever a graph cannot hold
 */
export function traceStep(
  fn: StepFunction,
  { state, inputs }: { state: Specs; inputs: Specs },
  { dynamic, shapes, ...replicas }: TraceOptions,
): Trace {
  const backend = traceBackend();
  const count = dynamic.names.length;
  try {
    const traces = ([0, 1, 2] as const).slice(0, count > 0 ? 3 : 1).map((which) => {
      const lengths = tracingLengths(count, which);
      const specs = { state, inputs: dynamic.withLengths(inputs, lengths) };
      const recorder = new Recorder(shapes, { keepOrigins: which === 0, ...replicas });
      return { trace: traceFunction(fn, specs, { backend, recorder }), lengths };
    });
    const [first, second, third] = traces;
    return second && third ? unifyTraces(first!, second, third) : first!.trace;
  } finally {
    shapes.dispose?.();
  }
}

/** The tracer, registered with tfjs-core when first needed: tfjs-node's kernels and ours under a name of their own. */
function traceBackend(): TraceBackend {
  const existing = tf.findBackend(TRACE_BACKEND);
  if (existing instanceof TraceBackend) return existing;
  registerGradients();
  loadTfjsNodeKernels();
  registerOwnKernels();
  const backend = new TraceBackend(new KernelConstants());
  tf.copyRegisteredKernels('tensorflow', TRACE_BACKEND);
  registerFusedKernels();
  tf.registerBackend(TRACE_BACKEND, () => backend, 0);
  tf.findBackend(TRACE_BACKEND);
  return backend;
}
