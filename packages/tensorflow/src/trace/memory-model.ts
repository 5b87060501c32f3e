import { bytesPerElement, evaluate, type Node, sizeOf, type Value } from '@vjepa/trace';

/** Results that are their first input's memory under another name or shape. */
const ALIASING = new Set(['Reshape', 'Bitcast', 'Identity', 'ExpandDims', 'Squeeze']);

/** Operations that may write their result over an input nobody else needs. */
const IN_PLACE = new Set([
  ...['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Div', 'Maximum', 'Minimum', 'SquaredDifference', 'AddN', 'BiasAdd'],
  ...['Neg', 'Exp', 'Erf', 'Square', 'Sqrt', 'Rsqrt', 'Abs', 'Sign', 'Relu', 'Tanh', 'Sigmoid', 'Log', 'Softmax'],
]);

/** Nodes that take neither time nor memory of their own. */
const FREE = new Set(['Const', 'Handle', 'State', 'Feed', 'ReadVariableOp', ...ALIASING]);

export function isFree({ op }: Node): boolean {
  return FREE.has(op);
}

/** How much memory a graph's intermediate results take when its operations run in a given order, one at a time. */
export class MemoryModel {
  readonly #bytes = new Map<Value, number>();
  readonly #kept: ReadonlySet<Value>;
  readonly #owners = new Map<Value, Value>();

  /** @param kept values that must outlive the step: its outputs */
  constructor(nodes: readonly Node[], kept: Iterable<Value>, lengths: readonly number[]) {
    for (const node of nodes) {
      for (const output of node.outputs) {
        this.#owners.set(output, aliased(node) ? this.owner(node.inputs[0]!) : output);
        this.#bytes.set(output, isFree(node) ? 0 : bytesOf(output, lengths));
      }
    }
    this.#kept = new Set(Array.from(kept, (value) => this.owner(value)));
  }

  /** The value whose memory this one shares; itself if it has memory of its own. */
  owner(value: Value): Value {
    return this.#owners.get(value)!;
  }

  bytes(value: Value): number {
    return this.#bytes.get(value)!;
  }

  /** The highest sum of the sizes of values that are in memory at once. */
  peak(order: readonly Node[]): number {
    const uses = new Map<Value, number>();
    for (const { inputs } of order) {
      for (const owner of new Set(inputs.map((input) => this.owner(input))))
        uses.set(owner, (uses.get(owner) ?? 0) + 1);
    }
    let live = 0;
    let peak = 0;
    for (const node of order) {
      if (isFree(node) || aliased(node)) {
        live -= this.#release(node, uses);
        continue;
      }
      const allocated = node.outputs.reduce((sum, output) => sum + this.bytes(output), 0);
      const inPlace = IN_PLACE.has(node.op);
      if (inPlace) live -= this.#release(node, uses);
      live += allocated;
      peak = Math.max(peak, live);
      if (!inPlace) live -= this.#release(node, uses);
      for (const output of node.outputs) if (!uses.has(output) && !this.#kept.has(output)) live -= this.bytes(output);
    }
    return peak;
  }

  /** Bytes that are free once the node has run. */
  #release({ inputs }: Node, uses: Map<Value, number>): number {
    let released = 0;
    for (const owner of new Set(inputs.map((input) => this.owner(input)))) {
      const left = uses.get(owner)! - 1;
      uses.set(owner, left);
      if (left === 0 && !this.#kept.has(owner)) released += this.bytes(owner);
    }
    return released;
  }
}

/** How much memory a value takes. */
export function bytesOf({ dtype, shape }: Value, lengths: readonly number[]): number {
  return evaluate(sizeOf(shape), lengths) * bytesPerElement(dtype);
}

function aliased({ op, inputs }: Node): boolean {
  if (ALIASING.has(op)) return true;
  // Parts along the first axis are views.
  return op === 'SplitV' && inputs[2]!.node.constant?.values[0] === 0;
}
