import { type Node, nodesBefore } from '../node.js';
import type { FusedKernel } from './fused-kernel.js';

/** The first tokens of a pass, an identity: of a turn that waits for another, not before that one's gradient is there. */
export const beginTurn: FusedKernel = {
  name: 'VjepaBeginTurn',
  inputs: ['x'],
  results: ([x]) => [x!],
  lower([x], _attributes, { writer, lowered }, { after: [before] }) {
    return [before === undefined ? x! : writer.optimizationBarrier(x!, lowered(before.outputs[0]!))];
  },
};

/** The gradient of a pass's first tokens, an identity. */
export const endTurn: FusedKernel = {
  name: 'VjepaEndTurn',
  inputs: ['x'],
  results: ([x]) => [x!],
  lower: ([x]) => [x!],
};

/**
 * The operations of a trace in an order in which each turn begins when the gradient of the one before it is done, where
 * that gradient does not depend on both. For XLA, which heeds no order but that of data: left alone it runs all forward
 * passes first, merges their products with the same weights, and keeps the activations of all.
 */
export function inTurns(nodes: readonly Node[]): readonly Node[] {
  const [begins, ends] = [beginTurn, endTurn].map(({ name }) => byTurn(nodes, name)) as [TurnNodes, TurnNodes];
  for (const [turn, begin] of begins) {
    const end = ends.get(turn - 1);
    if (end !== undefined && !nodesNeededBy(end).has(begin)) begin.after.push(end);
  }
  return inOrder(nodes);
}

type TurnNodes = ReadonlyMap<number, Node>;

function byTurn(nodes: readonly Node[], name: string): TurnNodes {
  return new Map(
    nodes.filter(({ op }) => op === name).map((node) => [(node.attributes.turn as { value: number }).value, node]),
  );
}

function nodesNeededBy(node: Node): ReadonlySet<Node> {
  const needed = new Set([node]);
  // A set may grow while it is gone through.
  for (const each of needed) for (const before of nodesBefore(each)) needed.add(before);
  return needed;
}

/** The same nodes, moved no further than what must have run before them asks for. */
function inOrder(nodes: readonly Node[]): readonly Node[] {
  const ordered = new Set<Node>();
  for (const node of nodes) {
    const pending = [node];
    while (pending.length > 0) {
      const next = pending[pending.length - 1]!;
      const before = nodesBefore(next).filter((other) => !ordered.has(other));
      if (before.length === 0) ordered.add(pending.pop()!);
      else pending.push(...before);
    }
  }
  return [...ordered];
}
