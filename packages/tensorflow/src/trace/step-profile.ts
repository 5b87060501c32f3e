import protobuf from 'protobufjs/light.js';
import { bytesMoved, floatOperations } from './cost-model.js';
import type { Node } from './node.js';
import { userLine } from './origin.js';

const { Type, Field } = protobuf;

/** The part of TensorFlow's message that says when which operation ran. Times in microseconds. */
const RunMetadata = new Type('RunMetadata')
  .add(new Field('stepStats', 1, 'StepStats'))
  .add(new Type('StepStats').add(new Field('devices', 1, 'DeviceStats', 'repeated')))
  .add(new Type('DeviceStats').add(new Field('nodes', 2, 'NodeStats', 'repeated')))
  .add(
    new Type('NodeStats')
      .add(new Field('name', 1, 'string'))
      .add(new Field('allStart', 2, 'int64'))
      .add(new Field('begun', 3, 'int64'))
      .add(new Field('ended', 4, 'int64')),
  );

interface NodeStats {
  name: string;
  allStart: number;
  begun: number;
  ended: number;
}

/** One operation of a step that ran. */
export interface OperationTime {
  /** TensorFlow's name of the kind of operation, e.g. `_MklMatMul`. */
  op: string;
  /** TensorFlow's number for the type of the first operand (1 float32, 14 bfloat16), or of the result if there is none. */
  dtype: number;
  /** Where the function called for it: `file:line:column`. */
  line: string;
  /** Seconds since the step's first operation began. */
  begun: number;
  seconds: number;
  /** Multiplications and additions, for products of matrices; else 0. */
  floatOperations: number;
  /** Bytes read and written, if every operand was read once. */
  bytes: number;
}

/**
 * What the operations of a run took, in the order in which they began. Those that are not the program's own, constants
 * and arguments, are left out.
 *
 * @param metadata a serialized `RunMetadata`
 * @param nodes what the operations of the graph stand for, by name
 * @param lengths the dynamic lengths of the run
 */
export function operationTimes(
  metadata: Uint8Array,
  nodes: ReadonlyMap<string, Node>,
  lengths: readonly number[],
): OperationTime[] {
  const message = RunMetadata.toObject(RunMetadata.decode(metadata), { longs: Number, arrays: true, defaults: true });
  const ran: NodeStats[] = message.stepStats.devices.flatMap(({ nodes }: { nodes: NodeStats[] }) => nodes);
  const times = ran.flatMap(({ name, allStart, begun, ended }) => {
    const node = nodes.get(name);
    if (node === undefined) return [];
    const { dtype } = node.inputs[0] ?? node.outputs[0] ?? { dtype: 0 };
    return {
      op: node.op,
      dtype,
      line: userLine(node.origin),
      begun: (allStart + begun) / 1e6,
      seconds: (ended - begun) / 1e6,
      floatOperations: floatOperations(node, lengths),
      bytes: bytesMoved(node, lengths),
    };
  });
  times.sort((a, b) => a.begun - b.begun);
  const start = times[0]?.begun ?? 0;
  return times.map((time) => ({ ...time, begun: time.begun - start }));
}
