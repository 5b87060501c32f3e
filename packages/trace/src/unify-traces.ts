import { type Dimension, describeShape, evaluate, isDynamic } from './dimension.js';
import { LengthSolver } from './length-solver.js';
import type { Constant, Node, Value } from './node.js';
import { TraceError } from './trace-error.js';
import type { Trace } from './trace-function.js';

/** A trace and the lengths it was made with, in the order of the dynamic lengths. */
export interface TraceOfLengths {
  trace: Trace;
  lengths: readonly number[];
}

/**
 * Makes three traces of one function, each with other lengths, into one that holds for all lengths: every size and
 * every constant that differs between the first two becomes an expression of the lengths, and the third must agree.
 *
 * @returns the first trace, changed in place
 * @throws TraceError where the traces do not have the same operations, or a constant differs for no reason found. A
 *   function that passes therefore does the same for every length, whatever JavaScript it computes its constants with.
 */
export function unifyTraces(first: TraceOfLengths, second: TraceOfLengths, third: TraceOfLengths): Trace {
  const solver = new LengthSolver(first.lengths.map((length, i) => [length, second.lengths[i]!]));
  const { nodes } = first.trace;
  for (let i = 0; i < Math.max(nodes.length, second.trace.nodes.length, third.trace.nodes.length); i++) {
    const triple = [nodes[i], second.trace.nodes[i], third.trace.nodes[i]] as const;
    unifyNode(triple, [first, second, third], solver);
  }
  for (const results of ['state', 'outputs'] as const) {
    for (const [name, value] of first.trace[results]) {
      for (const other of [second, third]) {
        const counterpart = other.trace[results].get(name);
        if (counterpart === undefined || position(counterpart, other) !== position(value, first)) {
          throw different(value.node, `result '${name}' comes from another operation for other lengths`);
        }
      }
    }
  }
  return first.trace;
}

type Triple<T> = readonly [T, T, T];

function unifyNode(nodes: Triple<Node | undefined>, traces: Triple<TraceOfLengths>, solver: LengthSolver): void {
  const [a, b, c] = nodes;
  if (a === undefined || b === undefined || c === undefined) {
    const { nodes } = traces[0].trace;
    throw different(a ?? nodes[nodes.length - 1]!, 'the function has more operations for some lengths than for others');
  }
  for (const [i, other] of [b, c].entries()) {
    if (wiring(a, traces[0]) !== wiring(other, traces[i + 1]!)) {
      throw different(a, `the function does ${a.op} for some lengths and ${other.op} for others, or with other inputs`);
    }
  }
  for (const [i, output] of a.outputs.entries()) {
    output.shape = unifyShape([a, b, c], i, traces, solver);
  }
  if (a.constant !== undefined) unifyConstant([a, b, c], traces, solver);
}

/** All that must be the same in every trace: operation, attributes, and which results it takes. */
function wiring({ op, attributes, inputs }: Node, trace: TraceOfLengths): string {
  return JSON.stringify([op, attributes, inputs.map((input) => position(input, trace))]);
}

const positions = new WeakMap<Trace, Map<Node, number>>();

function position({ node, index }: Value, { trace }: TraceOfLengths): string {
  let map = positions.get(trace);
  if (map === undefined) {
    map = new Map(trace.nodes.map((node, i) => [node, i]));
    positions.set(trace, map);
  }
  return `${map.get(node)}:${index}`;
}

function unifyShape(
  nodes: Triple<Node>,
  index: number,
  traces: Triple<TraceOfLengths>,
  solver: LengthSolver,
): Dimension[] {
  const shapes = nodes.map((node) => node.outputs[index]!.shape as readonly number[]);
  const [a, b, c] = shapes as [number[], number[], number[]];
  if (a.length !== b.length || a.length !== c.length) throw different(nodes[0], 'the result has another rank');
  return a.map((size, axis) => {
    const solved = solver.integer(size, b[axis]!);
    if (solved !== undefined && evaluate(solved, traces[2].lengths) === c[axis]) return solved;
    throw unexplained(nodes[0], `size ${axis} of the result`, [size, b[axis]!, c[axis]!], traces);
  });
}

/** Above this size two constants are compared, not explained. */
const MOST_ELEMENTS = 1024;

function unifyConstant(nodes: Triple<Node>, traces: Triple<TraceOfLengths>, solver: LengthSolver): void {
  const [a, b, c] = nodes.map((node) => node.constant!.values as ArrayLike<number>) as unknown as Triple<
    ArrayLike<number>
  >;
  const { shape } = nodes[0].outputs[0]!;
  if (shape.some(isDynamic)) {
    const problem = `a constant of shape ${describeShape(shape)} is computed in JavaScript, but its size changes`;
    throw different(nodes[0], `${problem}: use operations (tf.range, tf.fill, tf.ones, …) instead`);
  }
  if (sameElements(a, b) && sameElements(a, c)) return;
  if (a.length > MOST_ELEMENTS) throw different(nodes[0], 'a large constant has other values for other lengths');
  const whole = a instanceof Int32Array || Array.isArray(a);
  const values = Array.from(a, (value, i) => {
    const solved = whole ? solver.integer(value, b[i]!) : solver.float(value, b[i]!);
    if (solved !== undefined && agrees(evaluate(solved, traces[2].lengths), c[i]!)) return solved;
    throw unexplained(nodes[0], 'a constant', [value, b[i]!, c[i]!], traces);
  });
  (nodes[0].constant as Constant).values = values;
}

function sameElements(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function agrees(computed: number, traced: number): boolean {
  return computed === traced || Math.abs(computed - traced) <= 3e-7 * Math.abs(traced);
}

function different(node: Node, problem: string): TraceError {
  const advice = 'what a compiled function does must not depend on dynamic lengths';
  return new TraceError(node.op, `${problem}; ${advice}`, node.origin);
}

function unexplained(node: Node, what: string, values: readonly number[], traces: Triple<TraceOfLengths>): TraceError {
  const seen = traces.map(({ lengths }, i) => `${values[i]} for lengths [${lengths}]`).join(', ');
  return new TraceError(
    node.op,
    `${what} depends on dynamic lengths in a way that is not understood: it was ${seen}. ` +
      `Compute it with tensor operations, or make it a constant`,
    node.origin,
  );
}
