import { isSmall, type Node, nameOf, nodesBefore, variablesOf } from '@vjepa/trace';
import { isFree } from './memory-model.js';

/** What a graph does to the state, and when in an order of its operations. */
export class Updates {
  /** Nodes that change the state, and those that see it changed. */
  readonly #updating = new Set<Node>();
  /** Nodes whose results take hardly any memory. */
  readonly #small = new Set<Node>();
  /** What each node needs; for a change of a variable, those too that read what was there before. */
  readonly #needed = new Map<Node, readonly Node[]>();

  /** @param nodes in an order in which they can run */
  constructor(nodes: readonly Node[]) {
    const readers = readersOfState(nodes);
    for (const node of nodes) {
      const needed = nodesBefore(node);
      const changes = node.outputs.length === 0;
      if (changes || needed.some((before) => this.#updating.has(before))) this.#updating.add(node);
      if (isFree(node) || node.outputs.every(isSmall)) this.#small.add(node);
      // A variable that is still being read would be copied before it changes.
      if (changes) needed.push(...variablesOf(node).flatMap((name) => readers.get(name) ?? []));
      this.#needed.set(node, needed);
    }
  }

  /**
   * Puts what changes the state, and what has a small result, right behind the last costly thing it needs. A trace has
   * all updates at its end. There nothing but memory would be busy, and until there every gradient would have to be kept.
   */
  early(order: readonly Node[]): Node[] {
    const place = new Map<Node, number>();
    for (const [position, node] of order.entries()) {
      const early = this.#updating.has(node) || this.#small.has(node);
      const behind = () =>
        this.#needed.get(node)!.reduce((last, before) => Math.max(last, place.get(before) ?? -1), -1);
      place.set(node, early ? behind() : position);
    }
    return order.toSorted((a, b) => place.get(a)! - place.get(b)!);
  }
}

/** The operations that read each variable as it was before the step. */
function readersOfState(nodes: readonly Node[]): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const { node: source } of node.inputs) {
      if (source.op !== 'State') continue;
      const list = readers.get(nameOf(source));
      if (list === undefined) readers.set(nameOf(source), [node]);
      else list.push(node);
    }
  }
  return readers;
}
