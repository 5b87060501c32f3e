import { ProtobufMessage } from '@vjepa/native';
import { type Node, userLine } from '@vjepa/trace';
import { bytesMoved, floatOperations } from './cost-model.js';

/** When an operation ran, in microseconds; `begun` and `ended` count from `allStart`. */
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
  const times = readNodeStats(new ProtobufMessage(metadata)).flatMap(({ name, allStart, begun, ended }) => {
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

/**
 * RunMetadata: step_stats 1 (dev_stats 1 (node_stats 2)); NodeExecStats: node_name 1, all_start_micros 2,
 * op_start_rel_micros 3, op_end_rel_micros 4.
 */
function readNodeStats(metadata: ProtobufMessage): NodeStats[] {
  return metadata
    .messages(1)
    .flatMap((step) => step.messages(1))
    .flatMap((device) => device.messages(2))
    .map((node) => ({ name: node.text(1), allStart: node.number(2), begun: node.number(3), ended: node.number(4) }));
}
