import type { Node } from '@vjepa/trace';
import type { HloWriter } from './hlo-writer.js';
import { ELEMENTWISE } from './operations/elementwise.js';
import { madeWhole } from './sharding.js';
import type { Tensor } from './tensor.js';

/**
 * Where devices have parts of the state, what a part is enough for and what not: the optimiser, moving averages and norms go
 * element by element and stay in parts; any other operation gets the whole tensor, which the devices gather for it. A weight
 * is narrowed before it is gathered.
 */
export class CutState {
  /** In parts, by name. */
  readonly #cut = new Set<string>();
  readonly #whole = new Map<string, Tensor>();
  readonly #hlo: HloWriter;

  constructor(hlo: HloWriter) {
    this.#hlo = hlo;
  }

  add({ name }: Tensor): void {
    this.#cut.add(name);
  }

  /** What an operation is given in place of these. */
  operands({ op, outputs }: Node, operands: readonly Tensor[]): readonly Tensor[] {
    if (op === BARRIER || SUMS.has(op)) return operands;
    const stays = (x: Tensor) => Object.hasOwn(ELEMENTWISE, op) && String(x.shape) === String(outputs[0]!.shape);
    return operands.map((x) => (!this.#cut.has(x.name) || stays(x) ? x : this.#madeWhole(x)));
  }

  /** Notes what an operation gave for operands as {@link operands} returned them. */
  note({ op }: Node, operands: readonly Tensor[], results: readonly Tensor[]): void {
    if (SUMS.has(op)) return;
    for (const [i, result] of results.entries()) {
      const from = op === BARRIER ? [operands[i]!] : operands;
      if (from.some(({ name }) => this.#cut.has(name))) this.#cut.add(result.name);
    }
  }

  #madeWhole(x: Tensor): Tensor {
    let whole = this.#whole.get(x.name);
    if (whole === undefined) {
      whole = madeWhole(x, this.#hlo);
      this.#whole.set(x.name, whole);
    }
    return whole;
  }
}

const BARRIER = 'XlaOptimizationBarrier';

/** Of which each device adds up its part. */
const SUMS: ReadonlySet<string> = new Set(['L2Loss', 'Sum']);
