import { type AcrossReplicas, type Attributes, DataType, isDynamic, type Node } from '@vjepa/trace';
import type { OutputOfOperation } from '../c-api.js';
import type { JoinedHosts } from '../hosts/join-hosts.js';
import type { Emitter } from './emitter.js';

/** Who exchanges values. */
interface Replicas {
  emitters: readonly Emitter[];
  /** How many of them have a part of the batch of their own, the first. */
  parts: number;
  /** Other processes that have parts of the batch, too. */
  hosts: JoinedHosts | undefined;
}

/**
 * What each replica has of a value that goes across them.
 *
 * @param values of those with a part of the batch
 */
export function acrossReplicas(
  node: Node,
  values: readonly OutputOfOperation[],
  replicas: Replicas,
): OutputOfOperation[] {
  const { emitters, parts, hosts } = replicas;
  const how = node.attributes.how!.value as AcrossReplicas;
  if (how === 'opposite') return opposites(node, values, replicas);
  const ofHost = (emitter: Emitter) => combined(node, values, how, emitter);
  const scale = how === 'mean' ? 1 / (parts * (hosts?.count ?? 1)) : 1;
  if (hosts === undefined) return emitters.map((emitter) => scaled(node, ofHost(emitter), scale, emitter));
  // The hosts' devices have it from the first, which is told by the others' first.
  const [first] = emitters as [Emitter];
  const attributes: Attributes = {
    ...typeOf(node),
    ...keys({ size: hosts.count, group: ALL_HOSTS, instance: hosts.collectiveKeys(1) }),
    merge_op: { kind: 'string', value: how === 'minimum' ? 'Min' : 'Add' },
    final_op: { kind: 'string', value: 'Id' },
    subdiv_offsets: { kind: 'ints', value: [0] },
  };
  const all = first.operation('CollectiveReduce', attributes, [ofHost(first)], node);
  const result = scaled(node, all, scale, first);
  return emitters.map(() => result);
}

/** One after the other: AddN's order follows the threads, and replicas must not drift apart. */
function combined(node: Node, values: readonly OutputOfOperation[], how: AcrossReplicas, emitter: Emitter) {
  const op = how === 'minimum' ? 'Minimum' : 'AddV2';
  return values.reduce((all, x) => emitter.operation(op, typeOf(node), [all, x], node));
}

function scaled(node: Node, x: OutputOfOperation, scale: number, emitter: Emitter): OutputOfOperation {
  if (scale === 1) return x;
  return emitter.operation('Mul', typeOf(node), [x, emitter.literal(node.outputs[0]!.dtype, [], [scale])], node);
}

/**
 * The value of the replica at the other end of the batch. Among hosts the first device of each gets everybody's: what
 * two alone would exchange would make other graphs on other hosts, and TensorFlow takes runs of other graphs for other
 * steps.
 */
function opposites(
  node: Node,
  values: readonly OutputOfOperation[],
  { emitters, parts, hosts }: Replicas,
): OutputOfOperation[] {
  const mirrored = (replica: number) => parts - 1 - (replica % parts);
  if (hosts === undefined) return emitters.map((_, replica) => values[mirrored(replica)]!);
  const [first] = emitters as [Emitter];
  const type = typeOf(node);
  const axis = first.literal(DataType.INT32, [], [0]);
  const concat: Attributes = {
    ...type,
    N: { kind: 'int', value: parts },
    Tidx: { kind: 'type', value: DataType.INT32 },
  };
  const own = parts === 1 ? values[0]! : first.operation('ConcatV2', concat, [...values, axis], node);
  const gather: Attributes = {
    ...type,
    ...keys({ size: hosts.count, group: ALL_HOSTS, instance: hosts.collectiveKeys(1) }),
    shape: { kind: 'shape', value: sizesOf(node, parts) },
  };
  const all = first.operation('CollectiveGather', gather, [own], node);
  const replicas = parts * hosts.count;
  const split: Attributes = { ...type, num_split: { kind: 'int', value: replicas } };
  const each = first.operations('Split', split, [axis, all], node, replicas);
  return emitters.map((_, replica) => each[(hosts.count - 1 - hosts.index) * parts + mirrored(replica)]!);
}

/** Of all of a host's parts together. */
function sizesOf({ outputs: [value] }: Node, parts: number): number[] {
  const [rows, ...each] = value!.shape.map((size) => (isDynamic(size) ? -1 : size));
  return [rows === -1 ? -1 : rows! * parts, ...each];
}

const ALL_HOSTS = 1;

function typeOf(node: Node): Attributes {
  return { T: { kind: 'type', value: node.outputs[0]!.dtype } };
}

function keys({ size, group, instance }: { size: number; group: number; instance: number }): Attributes {
  return {
    group_size: { kind: 'int', value: size },
    group_key: { kind: 'int', value: group },
    instance_key: { kind: 'int', value: instance },
  };
}
