import type { LoweredGraph, Node } from '@vjepa/trace';
import { LaneSimulation } from './lane-simulation.js';
import { MemoryModel } from './memory-model.js';
import { Updates } from './updates.js';

export interface ScheduleOptions {
  /** How many operations run side by side. */
  lanes: number;
  /** The dynamic lengths that time and memory are estimated for. */
  likelyLengths: readonly number[];
}

/**
 * Puts a graph's operations in an order that needs little memory, divides them among lanes that run side by side, and
 * holds TensorFlow to both.
 *
 * TensorFlow starts whatever is ready, first come first served, which for a training step means every forward pass
 * before any backward pass, and every weight gradient some time. Here an operation waits for one a little before it in
 * its lane, so that what is under way is always what stands together in the order.
 *
 * @returns the estimated peak of intermediate results in bytes
 */
export function schedule(graph: LoweredGraph, { lanes, likelyLengths }: ScheduleOptions): number {
  const model = new MemoryModel(graph.nodes, graph.outputs.values(), likelyLengths);
  const simulation = new LaneSimulation(graph.nodes, lanes, likelyLengths);
  const updates = new Updates(graph.nodes);
  const plans = SPLITS.map((split) => {
    const order = updates.early(lazyOrder(graph.nodes, Math.round(split * graph.nodes.length)));
    const plan = simulation.run(order);
    const peak = model.peak(plan.order);
    return { ...plan, peak, cost: Math.log(plan.time + 1) + WORTH_OF_MEMORY * Math.log(peak + 1) };
  });
  const best = plans.reduce((a, b) => (b.cost < a.cost ? b : a));
  graph.nodes = best.order;
  holdToLanes(best.order, best.laneOf);
  return best.peak;
}

/** A tenth less memory is worth a hundredth more time. */
const WORTH_OF_MEMORY = 0.1;

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

/** How many operations of a lane may be under way at once: one more than is meant, so that no estimate need be exact. */
const SLACK = 2;

function holdToLanes(order: readonly Node[], laneOf: ReadonlyMap<Node, number>): void {
  const lanes = new Map<number, Node[]>();
  for (const node of order) {
    const lane = laneOf.get(node);
    if (lane === undefined) continue;
    const before = lanes.get(lane) ?? [];
    lanes.set(lane, before);
    const last = before[before.length - SLACK];
    if (last !== undefined && !node.after.includes(last)) node.after.push(last);
    before.push(node);
  }
}
