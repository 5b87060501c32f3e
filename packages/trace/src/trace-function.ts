import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction, TensorRecord } from '@vjepa/engine';
import { DataType } from './data-type.js';
import type { Attributes, Node, Value } from './node.js';
import { captureOrigin, FRAMES } from './origin.js';
import type { Recorder, TensorSpec } from './recorder.js';
import { TRACE_BACKEND, type TraceBackend } from './trace-backend.js';
import { TraceError } from './trace-error.js';

/** Element types and shapes of tensors by name. */
export type Specs = Readonly<Record<string, TensorSpec>>;

/** A function written down: its operations in the order they were called, and which values are its results. */
export interface Trace {
  nodes: Node[];
  /** New values of the state, by name; state that is not here does not change. */
  state: Map<string, Value>;
  outputs: Map<string, Value>;
}

/**
 * Runs `fn` once on tensors without data and writes down what it does. Gradients (`tf.grads`, `tf.customGrad`) come out
 * of TensorFlow.js's own tape and are part of the trace.
 *
 * @throws TraceError naming the operation and the line of user code, for whatever a graph cannot hold.
 */
export function traceFunction(
  fn: StepFunction,
  { state, inputs }: { state: Specs; inputs: Specs },
  { backend, recorder }: { backend: TraceBackend; recorder: Recorder },
): Trace {
  const previous = tf.getBackend();
  const absent = new Set<string>();
  activate(TRACE_BACKEND);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Math.max(limit, FRAMES);
  try {
    return backend.record(recorder, () =>
      tf.tidy(() => {
        const trace = run(fn, { state, inputs }, { backend, recorder, absent });
        return trace as unknown as tf.TensorContainer;
      }),
    ) as unknown as Trace;
  } catch (error) {
    throw asTraceError(error, absent, Object.keys(inputs));
  } finally {
    Error.stackTraceLimit = limit;
    if (previous) activate(previous);
  }
}

function run(
  fn: StepFunction,
  specs: { state: Specs; inputs: Specs },
  { backend, recorder, absent }: { backend: TraceBackend; recorder: Recorder; absent: Set<string> },
): Trace {
  const state = tensors('State', specs.state, backend, recorder);
  const inputs = tensors('Feed', specs.inputs, backend, recorder);
  const result: unknown = fn(noting(absent, 'state', state), noting(absent, 'input', inputs));
  if (result instanceof Promise) {
    throw new TraceError(fn.name || 'function', 'a compiled function must not be async', captureOrigin());
  }
  const { state: newState, outputs } = asResult(fn, result);
  return {
    nodes: recorder.nodes,
    state: newValues(newState, state, specs.state, backend),
    outputs: new Map(Object.entries(outputs).map(([name, tensor]) => [name, backend.graphValue(tensor)])),
  };
}

/** What the function returned, if it is what a compiled function must return. */
function asResult(fn: StepFunction, result: unknown): ReturnType<StepFunction> {
  const refuse = (found: string) =>
    new TraceError(
      fn.name || 'function',
      `a compiled function returns { state, outputs }, two records of tensors, but ${found}`,
      captureOrigin(),
    );
  if (typeof result !== 'object' || result === null) throw refuse(`this one returned ${describe(result)}`);
  for (const part of ['state', 'outputs'] as const) {
    const record = (result as Record<string, unknown>)[part];
    if (typeof record !== 'object' || record === null) throw refuse(`'${part}' is ${describe(record)}`);
    for (const [name, value] of Object.entries(record)) {
      if (!(value instanceof tf.Tensor)) throw refuse(`${part}.${name} is ${describe(value)}`);
    }
  }
  return result as ReturnType<StepFunction>;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' || typeof value === 'function'
    ? `no tensor: ${typeof value}`
    : `the ${typeof value} ${String(value)}`;
}

/** The record, which notes what is asked of it that it does not have: a function may look whether an input is there. */
function noting(absent: Set<string>, kind: string, record: TensorRecord): TensorRecord {
  return new Proxy(record, {
    get(target, name, receiver) {
      if (typeof name === 'string' && !(name in target)) absent.add(`${kind} '${name}'`);
      return Reflect.get(target, name, receiver);
    },
  });
}

/** One tensor per spec. Bytes reach the function as floats 0..255. */
function tensors(op: 'State' | 'Feed', specs: Specs, backend: TraceBackend, recorder: Recorder): TensorRecord {
  const entries = Object.entries(specs).map(([name, spec]) => {
    const attributes: Attributes = { name: { kind: 'string', value: name } };
    const [value] = recorder.ownOperation(op, attributes, [], [spec]);
    return [name, backend.tensorOf(spec.dtype === DataType.UINT8 ? toFloat(value!, recorder) : value!)] as const;
  });
  return Object.fromEntries(entries);
}

function toFloat(value: Value, recorder: Recorder): Value {
  const types: Attributes = {
    SrcT: { kind: 'type', value: value.dtype },
    DstT: { kind: 'type', value: DataType.FLOAT },
  };
  return recorder.operation('Cast', types, [value])[0]!;
}

/** The state that changed, checked against what it was. */
function newValues(newState: TensorRecord, state: TensorRecord, specs: Specs, backend: TraceBackend) {
  const changed = new Map<string, Value>();
  for (const [name, tensor] of Object.entries(newState)) {
    if (tensor === state[name]) continue;
    const spec = specs[name];
    const value = backend.graphValue(tensor);
    if (spec === undefined) {
      throw new TraceError('state', `the function returned state '${name}', which it was not given`, value.node.origin);
    }
    if (spec.dtype !== value.dtype || String(spec.shape) !== String(value.shape)) {
      const problem = `state '${name}' changed from shape [${spec.shape}] to [${value.shape}] (types ${spec.dtype}, ${value.dtype})`;
      throw new TraceError(value.node.op, problem, value.node.origin);
    }
    changed.set(name, value);
  }
  return changed;
}

/** Backends that are loaded become active at once; the promise only matters for ones still loading. */
function activate(name: string): void {
  void tf.engine().setBackend(name);
}

function asTraceError(error: unknown, absent: ReadonlySet<string>, inputs: readonly string[]): unknown {
  if (error instanceof TraceError || !(error instanceof Error)) return error;
  const kernel = /Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  let problem = kernel ? `the operation ${kernel} has no translation to TensorFlow` : error.message;
  if (absent.size > 0 && /\b(null|undefined)\b/.test(problem)) {
    const given = inputs.length > 0 ? inputs.map((name) => `'${name}'`).join(', ') : 'none';
    problem += `; the function asked for ${[...absent].join(', ')}, which it was not given (inputs given: ${given})`;
  }
  const operation = kernel ?? /passed to '(\w+)'/.exec(error.message)?.[1] ?? error.name;
  return new TraceError(operation, problem, error as { stack?: string }, { cause: error });
}
