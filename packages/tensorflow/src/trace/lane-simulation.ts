import { type Node, nodesBefore } from '@vjepa/trace';
import { cost } from './cost-model.js';
import { Heap } from './heap.js';
import { isFree } from './memory-model.js';

export interface Plan {
  /** The operations by the time they start. */
  order: Node[];
  laneOf: ReadonlyMap<Node, number>;
  /** When the last one ends, in units of the cost model. */
  time: number;
}

/** Simulates lanes that each take, whenever they are free, the first operation of an order that is ready. */
export class LaneSimulation {
  readonly #lanes: number;
  readonly #nodes: readonly Node[];
  readonly #index: ReadonlyMap<Node, number>;
  readonly #costs: Float64Array;
  readonly #free: readonly boolean[];
  /** How many others each node waits for, and which wait for it. */
  readonly #waiting: Int32Array;
  readonly #followers: readonly number[][];

  constructor(nodes: readonly Node[], lanes: number, lengths: readonly number[]) {
    this.#lanes = lanes;
    this.#nodes = nodes;
    this.#index = new Map(nodes.map((node, i) => [node, i]));
    this.#costs = Float64Array.from(nodes, (node) => cost(node, lengths));
    this.#free = nodes.map(isFree);
    this.#waiting = new Int32Array(nodes.length);
    this.#followers = nodes.map(() => []);
    for (const [i, node] of nodes.entries()) {
      const needed = new Set(nodesBefore(node));
      this.#waiting[i] = needed.size;
      for (const before of needed) this.#followers[this.#index.get(before)!]!.push(i);
    }
  }

  run(wanted: readonly Node[]): Plan {
    const position = new Int32Array(wanted.length);
    for (const [place, node] of wanted.entries()) position[this.#index.get(node)!] = place;
    const waiting = this.#waiting.slice();
    const ready = new Heap<number>((i) => position[i]!);
    const running = new Heap<{ i: number; lane: number; end: number }>(({ end }) => end);
    const idle = Array.from({ length: this.#lanes }, (_, lane) => lane);
    const order: Node[] = [];
    const laneOf = new Map<Node, number>();
    const finish = (i: number) => {
      for (const follower of this.#followers[i]!) if (--waiting[follower]! === 0) ready.push(follower);
    };
    for (const [i, count] of this.#waiting.entries()) if (count === 0) ready.push(i);
    let time = 0;
    while (order.length < wanted.length) {
      while (ready.size > 0 && idle.length > 0) {
        const i = ready.pop()!;
        const node = this.#nodes[i]!;
        order.push(node);
        if (this.#free[i]) {
          finish(i);
          continue;
        }
        const lane = idle.pop()!;
        laneOf.set(node, lane);
        running.push({ i, lane, end: time + this.#costs[i]! });
      }
      const next = running.pop();
      if (next === undefined) continue;
      time = next.end;
      idle.push(next.lane);
      finish(next.i);
    }
    while (running.size > 0) time = running.pop()!.end;
    return { order, laneOf, time };
  }
}
