import protobuf from 'protobufjs/light.js';
import type { CApi, Pointer } from '../c-api.js';

/** One declared argument of an operation: a single tensor, or a list whose length an attribute gives. */
export interface ArgumentDefinition {
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

const { Type, Field } = protobuf;

const ArgDef = new Type('ArgDef')
  .add(new Field('name', 1, 'string'))
  .add(new Field('numberAttr', 5, 'string'))
  .add(new Field('typeListAttr', 6, 'string'));

const AttrDef = new Type('AttrDef').add(new Field('name', 1, 'string'));

const OpDef = new Type('OpDef')
  .add(new Field('name', 1, 'string'))
  .add(new Field('inputArg', 2, 'ArgDef', 'repeated'))
  .add(new Field('outputArg', 3, 'ArgDef', 'repeated'))
  .add(new Field('isStateful', 17, 'bool'))
  .add(new Field('attr', 4, 'AttrDef', 'repeated'))
  .add(ArgDef)
  .add(AttrDef);

/** Reads an operation's declaration from the loaded library. Throws TensorFlowError if it has no such operation. */
export function opDefinition(api: CApi, graph: Pointer, op: string, status: Pointer): OpDefinition {
  const buffer = api.TF_NewBuffer();
  try {
    api.TF_GraphGetOpDef(graph, op, buffer, status);
    api.check(status, `operation ${op}`);
    const { attr, ...rest } = OpDef.toObject(OpDef.decode(api.bufferBytes(buffer)), { defaults: true, arrays: true });
    const names = (attr as { name: string }[]).map(({ name }) => name);
    return { ...(rest as Omit<OpDefinition, 'attributes'>), attributes: new Set(names) };
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}
