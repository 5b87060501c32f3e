import type { LoweredGraph } from './lower/lower-trace.js';
import { isFree, MemoryModel } from './memory-model.js';
import type { Node } from './node.js';

export interface ScheduleOptions {
  /** How many operations may be under way at once. */
  window: number;
  /** The dynamic lengths that memory is estimated for. */
  likelyLengths: readonly number[];
}

/**
 * Puts a graph's operations in an order that needs little memory, and holds TensorFlow to it.
 *
 * TensorFlow starts whatever is ready, first come first served, which for a training step means every forward pass
 * before any backward pass, and every weight gradient some time. Here an operation waits for the one `window` places
 * before it, so that what is under way is always what stands together in the order.
 *
 * @returns the estimated peak of intermediate results in bytes
 */
export function schedule(graph: LoweredGraph, { window, likelyLengths }: ScheduleOptions): number {
  const model = new MemoryModel(graph.nodes, graph.outputs.values(), likelyLengths);
  const orders = SPLITS.map((split) => lazyOrder(graph.nodes, Math.round(split * graph.nodes.length)));
  const peaks = orders.map((order) => model.peak(order));
  const best = peaks.indexOf(Math.min(...peaks));
  graph.nodes = orders[best]!;
  limitConcurrency(graph.nodes, window);
  return peaks[best]!;
}

/** Where to try to split a trace into a first part, done only when needed, and a second, done in order. */
const SPLITS = Array.from({ length: 33 }, (_, i) => i / 32);

/**
 * The nodes from position `start` on in their own order, each preceded by whatever it still needs of the nodes before.
 * With `start` where the backward pass begins, the forward pass of each part of a loss runs just before its backward
 * pass, and what it kept is gone before the next part begins.
 */
function lazyOrder(nodes: readonly Node[], start: number): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  const visit = (root: Node) => {
    const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const { node } = top;
      if (done.has(node)) {
        stack.pop();
        continue;
      }
      const needed =
        top.next < node.inputs.length ? node.inputs[top.next]!.node : node.after[top.next - node.inputs.length];
      top.next++;
      if (needed === undefined) {
        done.add(node);
        order.push(node);
        stack.pop();
      } else if (!done.has(needed)) stack.push({ node: needed, next: 0 });
    }
  };
  for (const node of nodes.slice(start)) visit(node);
  // Nothing else is needed, except where effects of the first part stand alone.
  for (const node of nodes) visit(node);
  return order;
}

function limitConcurrency(order: readonly Node[], window: number): void {
  const working = order.filter((node) => !isFree(node));
  for (const [i, node] of working.entries()) {
    const before = working[i - window];
    if (before !== undefined && !node.after.includes(before)) node.after.push(before);
  }
}
