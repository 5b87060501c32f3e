import { DataType, GraphWriter, type Node, nodesBefore, type Value } from '@vjepa/trace';
import { expect, it } from 'vitest';
import { schedule } from './schedule.js';

/** Two chains of matrix products that meet at their ends. */
function twoChains(length: number) {
  const writer = new GraphWriter();
  const start = writer.write('Rand', {}, [], [{ dtype: DataType.FLOAT, shape: [256, 256] }])[0]!;
  const chain = (factor: number) => {
    let x: Value = writer.scale(start, factor);
    for (let i = 0; i < length; i++) x = writer.matMul(x, x);
    return x;
  };
  const sum = writer.add(chain(2), chain(3));
  return {
    nodes: writer.nodes,
    outputs: new Map([['sum', sum]]),
    updates: [] as Node[],
    state: new Map(),
    attention: [],
  };
}

/** The longest chain of products of which each waits, directly or not, for the one before. */
function longestChain(nodes: readonly Node[]): number {
  const depth = new Map<Node, number>();
  for (const node of nodes) {
    const before = nodesBefore(node).map((other) => depth.get(other) ?? 0);
    depth.set(node, Math.max(0, ...before) + (node.op === 'MatMul' ? 1 : 0));
  }
  return Math.max(...depth.values());
}

it('every operation comes after what it needs', () => {
  const graph = twoChains(20);
  schedule(graph, { lanes: 2, likelyLengths: [] });
  const done = new Set<Node>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) expect(done.has(input.node)).toBe(true);
    for (const before of node.after) expect(done.has(before)).toBe(true);
    done.add(node);
  }
  expect(graph.nodes.filter(({ op }) => op === 'MatMul')).toHaveLength(40);
});

it('one lane does strands one after the other, two do them side by side', () => {
  const [one, two] = [twoChains(20), twoChains(20)];
  schedule(one, { lanes: 1, likelyLengths: [] });
  schedule(two, { lanes: 2, likelyLengths: [] });
  // Each lane holds an operation to the one two before it, so that one lane's chains overlap by one at most.
  expect(longestChain(one.nodes)).toBeGreaterThan(25);
  expect(longestChain(two.nodes)).toBeLessThanOrEqual(22);
});

it('an update follows its gradient, and whoever else reads what it changes', () => {
  const w = new GraphWriter();
  const square = [{ dtype: DataType.FLOAT, shape: [256, 256] }];
  const name = (value: string) => ({ name: { kind: 'string', value } }) as const;
  const read = (variable: string) => w.write('State', name(variable), [], square)[0]!;
  const [a, b] = [read('a'), read('b')];
  const gradients = [w.matMul(a, b)];
  const reader = w.matMul(a, gradients[0]!);
  for (let i = 0; i < 10; i++) gradients.push(w.matMul(i === 0 ? reader : gradients[i]!, b));
  // As in a trace: all updates at the end.
  const update = (variable: string, gradient: Value) => {
    const handle = w.write('Handle', name(variable), [], [{ dtype: DataType.RESOURCE, shape: [] }])[0]!;
    return w.effect('ResourceApplyGradientDescent', {}, [handle, w.scalar(1), gradient], []);
  };
  const updates = [update('a', gradients[0]!), update('b', gradients[10]!)];
  const graph = { nodes: w.nodes, outputs: new Map(), updates, state: new Map(), attention: [] };
  schedule(graph, { lanes: 1, likelyLengths: [] });
  const at = (node: Node) => graph.nodes.indexOf(node);
  expect(at(updates[0]!)).toBeGreaterThan(at(reader.node));
  expect(at(updates[0]!)).toBeLessThan(at(gradients[2]!.node));
  expect(at(updates[1]!)).toBeGreaterThan(at(gradients[10]!.node));
});
