import { cost } from './cost-model.js';
import { isDynamic, sizeOf } from './dimension.js';
import { Heap } from './heap.js';
import type { LoweredGraph } from './lower/lower-trace.js';
import { isFree, MemoryModel } from './memory-model.js';
import type { Node, Value } from './node.js';

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
  const orders = SPLITS.map((split) => updatesEarly(lazyOrder(graph.nodes, Math.round(split * graph.nodes.length))));
  const peaks = orders.map((order) => model.peak(order));
  const best = peaks.indexOf(Math.min(...peaks));
  const { order, laneOf } = divide(orders[best]!, lanes, likelyLengths);
  graph.nodes = order;
  holdToLanes(order, laneOf);
  return lanes === 1 ? peaks[best]! : model.peak(order);
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

/**
 * Puts what changes the state, and what has a small result, right behind the last costly thing it needs. A trace has
 * all updates at its end. There nothing but memory would be busy, and until there every gradient would have to be kept.
 */
function updatesEarly(order: readonly Node[]): Node[] {
  const place = new Map<Node, number>();
  const updated = new Set<Node>();
  const readers = readersOfState(order);
  for (const [position, node] of order.entries()) {
    const needed = [...node.inputs.map((input) => input.node), ...node.after];
    const changesState = node.outputs.length === 0;
    if (changesState || needed.some((before) => updated.has(before))) updated.add(node);
    // A variable that is still being read would be copied before it changes.
    if (changesState) needed.push(...node.inputs.flatMap((input) => readers.get(nameOf(input.node)) ?? []));
    const early = updated.has(node) || isFree(node) || node.outputs.every(isSmall);
    place.set(node, early ? Math.max(-1, ...needed.map((before) => place.get(before) ?? -1)) : position);
  }
  return order.toSorted((a, b) => place.get(a)! - place.get(b)!);
}

/** The operations that read each variable as it was before the step. */
function readersOfState(nodes: readonly Node[]): Map<string | undefined, Node[]> {
  const readers = new Map<string | undefined, Node[]>();
  for (const node of nodes) {
    for (const { node: source } of node.inputs) {
      if (source.op !== 'State') continue;
      const name = nameOf(source);
      readers.set(name, [...(readers.get(name) ?? []), node]);
    }
  }
  return readers;
}

function nameOf({ op, attributes }: Node): string | undefined {
  if (op !== 'State' && op !== 'Handle') return undefined;
  return (attributes.name as { value: string }).value;
}

/**
 * Simulates lanes that each take, whenever they are free, the first operation of the order that is ready.
 *
 * @returns the operations by the time they start, and the lane of each
 */
function divide(order: readonly Node[], lanes: number, lengths: readonly number[]) {
  const position = new Map(order.map((node, i) => [node, i]));
  const waiting = new Map<Node, number>();
  const followers = new Map<Node, Node[]>();
  for (const node of order) {
    const needed = new Set([...node.inputs.map((input) => input.node), ...node.after]);
    waiting.set(node, needed.size);
    for (const before of needed) {
      const list = followers.get(before);
      if (list === undefined) followers.set(before, [node]);
      else list.push(node);
    }
  }
  const ready = new Heap<Node>((node) => position.get(node)!);
  const running = new Heap<{ node: Node; lane: number; end: number }>(({ end }) => end);
  const free = Array.from({ length: lanes }, (_, lane) => lane);
  const started: Node[] = [];
  const laneOf = new Map<Node, number>();
  const finish = (node: Node) => {
    for (const follower of followers.get(node) ?? []) {
      const left = waiting.get(follower)! - 1;
      waiting.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  };
  for (const node of order) if (waiting.get(node) === 0) ready.push(node);
  let now = 0;
  while (started.length < order.length) {
    while (ready.size > 0 && free.length > 0) {
      const node = ready.pop()!;
      started.push(node);
      if (isFree(node)) {
        finish(node);
        continue;
      }
      const lane = free.pop()!;
      laneOf.set(node, lane);
      running.push({ node, lane, end: now + cost(node, lengths) });
    }
    const next = running.pop();
    if (next === undefined) continue;
    now = next.end;
    free.push(next.lane);
    finish(next.node);
  }
  return { order: started, laneOf };
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

/** Bytes hardly worth counting: a bias, a norm. */
function isSmall({ shape }: Value): boolean {
  const size = sizeOf(shape);
  return !isDynamic(size) && size <= 4096;
}
