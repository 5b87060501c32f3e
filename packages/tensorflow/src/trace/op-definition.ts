import { ProtobufMessage } from '@vjepa/native';
import type { CApi, Pointer } from '../c-api.js';

/** One declared argument of an operation: a single tensor, or a list whose length an attribute gives. */
interface ArgumentDefinition {
  name: string;
  numberAttr: string;
  typeListAttr: string;
}

/** What TensorFlow declares about an operation (message OpDef), as far as building a graph needs it. */
export interface OpDefinition {
  name: string;
  inputArg: ArgumentDefinition[];
  outputArg: ArgumentDefinition[];
  /** Names of its attributes. */
  attributes: ReadonlySet<string>;
  /** True if two equal operations may give different results: random numbers, variables. */
  isStateful: boolean;
}

/** Reads an operation's declaration from the loaded library. Throws TensorFlowError if it has no such operation. */
export function opDefinition(api: CApi, graph: Pointer, op: string, status: Pointer): OpDefinition {
  const buffer = api.TF_NewBuffer();
  try {
    api.TF_GraphGetOpDef(graph, op, buffer, status);
    api.check(status, `operation ${op}`);
    return readOpDefinition(new ProtobufMessage(api.bufferBytes(buffer)));
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}

/** OpDef: name 1, input_arg 2, output_arg 3, attr 4 (name 1), is_stateful 17. */
function readOpDefinition(op: ProtobufMessage): OpDefinition {
  return {
    name: op.text(1),
    inputArg: op.messages(2).map(readArgument),
    outputArg: op.messages(3).map(readArgument),
    attributes: new Set(op.messages(4).map((attribute) => attribute.text(1))),
    isStateful: op.number(17) === 1,
  };
}

/** ArgDef: name 1, number_attr 5, type_list_attr 6. */
function readArgument(argument: ProtobufMessage): ArgumentDefinition {
  return { name: argument.text(1), numberAttr: argument.text(5), typeListAttr: argument.text(6) };
}
