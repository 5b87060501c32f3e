import type { Attribute, Attributes } from '@vjepa/trace';
import type { CApi, OutputOfOperation, Pointer } from '../c-api.js';
import { type OpDefinition, opDefinition } from './op-definition.js';

export interface OperationParts {
  op: string;
  name: string;
  inputs?: readonly OutputOfOperation[];
  attributes?: Attributes;
  /** The value of a Const: a TF_Tensor, which stays the caller's. */
  tensor?: Pointer;
  controls?: readonly Pointer[];
  device?: string;
}

/** A TensorFlow graph under construction. Every operation is checked, and its result's shape inferred, when added. */
export class GraphBuilder {
  readonly graph: Pointer;
  readonly #api: CApi;
  readonly #status: Pointer;
  readonly #definitions = new Map<string, OpDefinition>();

  constructor(api: CApi) {
    this.#api = api;
    this.graph = api.TF_NewGraph();
    this.#status = api.TF_NewStatus();
  }

  definition(op: string): OpDefinition {
    let definition = this.#definitions.get(op);
    if (definition === undefined) {
      definition = opDefinition(this.#api, this.graph, op, this.#status);
      this.#definitions.set(op, definition);
    }
    return definition;
  }

  /** Adds an operation. Throws TensorFlowError with TensorFlow's reason if it refuses inputs, attributes or shapes. */
  add({ op, name, inputs = [], attributes = {}, tensor, controls = [], device }: OperationParts): Pointer {
    const api = this.#api;
    const definition = this.definition(op);
    const description = api.TF_NewOperation(this.graph, op, name);
    if (device) api.TF_SetDevice(description, device);
    this.#addInputs(description, definition, inputs, attributes);
    for (const control of controls) api.TF_AddControlInput(description, control);
    for (const [key, attribute] of Object.entries(attributes)) {
      // TensorFlow.js's kernels name a few attributes that the operations do not have; a graph refuses those.
      if (key.startsWith('_') || definition.attributes.has(key)) setAttribute(api, description, key, attribute);
    }
    if (tensor !== undefined) api.TF_SetAttrTensor(description, 'value', tensor, this.#status);
    const operation = api.TF_FinishOperation(description, this.#status);
    api.check(this.#status);
    return operation;
  }

  /** The inferred shape; -1 for an unknown size, undefined if not even the rank is known. */
  shape(output: OutputOfOperation): number[] | undefined {
    const api = this.#api;
    const rank = api.TF_GraphGetTensorNumDims(this.graph, output, this.#status);
    api.check(this.#status);
    if (rank < 0) return undefined;
    if (rank === 0) return [];
    const dims = new BigInt64Array(rank);
    api.TF_GraphGetTensorShape(this.graph, output, dims, rank, this.#status);
    api.check(this.#status);
    return Array.from(dims, Number);
  }

  outputType(output: OutputOfOperation): number {
    return this.#api.TF_OperationOutputType(output);
  }

  dispose(): void {
    this.#api.TF_DeleteGraph(this.graph);
    this.#api.TF_DeleteStatus(this.#status);
  }

  #addInputs(
    description: Pointer,
    { inputArg }: OpDefinition,
    inputs: readonly OutputOfOperation[],
    attributes: Attributes,
  ): void {
    let next = 0;
    for (const argument of inputArg) {
      const count = listLength(argument, attributes);
      if (count === undefined) {
        this.#api.TF_AddInput(description, inputs[next++]!);
      } else {
        this.#api.TF_AddInputList(description, encodeOutputs(inputs.slice(next, next + count)), count);
        next += count;
      }
    }
    if (next !== inputs.length) throw new Error(`the operation takes ${next} inputs, got ${inputs.length}`);
  }
}

function listLength(argument: { numberAttr: string; typeListAttr: string }, attributes: Attributes) {
  if (argument.numberAttr) return (attributes[argument.numberAttr] as { value: number }).value;
  if (argument.typeListAttr) return (attributes[argument.typeListAttr] as { value: readonly number[] }).value.length;
  return undefined;
}

/** An array of TF_Output: pointer, int, padding. */
export function encodeOutputs(outputs: readonly OutputOfOperation[]): BigUint64Array {
  const encoded = new BigUint64Array(Math.max(1, outputs.length * 2));
  for (const [i, { oper, index }] of outputs.entries()) {
    encoded[2 * i] = oper;
    encoded[2 * i + 1] = BigInt(index);
  }
  return encoded;
}

function setAttribute(api: CApi, description: Pointer, key: string, attribute: Attribute): void {
  switch (attribute.kind) {
    case 'type':
      api.TF_SetAttrType(description, key, attribute.value);
      return;
    case 'int':
      api.TF_SetAttrInt(description, key, attribute.value);
      return;
    case 'float':
      api.TF_SetAttrFloat(description, key, attribute.value);
      return;
    case 'bool':
      api.TF_SetAttrBool(description, key, attribute.value ? 1 : 0);
      return;
    case 'string': {
      const bytes = new TextEncoder().encode(attribute.value);
      api.TF_SetAttrString(description, key, bytes, bytes.length);
      return;
    }
    case 'shape':
      api.TF_SetAttrShape(description, key, BigInt64Array.from(attribute.value, BigInt), attribute.value.length);
      return;
    case 'types':
      api.TF_SetAttrTypeList(description, key, Int32Array.from(attribute.value), attribute.value.length);
      return;
    case 'shapes':
      setShapeList(api, description, key, attribute.value);
      return;
    case 'ints':
      api.TF_SetAttrIntList(description, key, BigInt64Array.from(attribute.value, BigInt), attribute.value.length);
      return;
    case 'strings':
      setStringList(api, description, key, attribute.value);
      return;
    case 'function': {
      const bytes = new TextEncoder().encode(attribute.value);
      api.TF_SetAttrFuncName(description, key, bytes, bytes.length);
      return;
    }
  }
}

function setShapeList(api: CApi, description: Pointer, key: string, shapes: readonly (readonly number[])[]): void {
  const ranks = Int32Array.from(shapes, (shape) => shape.length);
  const sizes = shapes.flat();
  const block = api.allocate(8 * Math.max(1, sizes.length));
  try {
    new BigInt64Array(api.view(block, 8 * Math.max(1, sizes.length))).set(sizes.map(BigInt));
    let offset = 0;
    const addresses = BigUint64Array.from(shapes, ({ length }) => {
      const address = BigInt(block) + BigInt(8 * offset);
      offset += length;
      return address;
    });
    api.TF_SetAttrShapeList(description, key, addresses, ranks, shapes.length);
  } finally {
    api.free(block);
  }
}

function setStringList(api: CApi, description: Pointer, key: string, values: readonly string[]): void {
  const bytes = values.map((value) => Buffer.from(value));
  const block = api.allocate(
    Math.max(
      1,
      bytes.reduce((sum, b) => sum + b.length, 0),
    ),
  );
  try {
    const memory = Buffer.concat(bytes);
    new Uint8Array(api.view(block, Math.max(1, memory.length))).set(memory);
    const addresses = new BigUint64Array(values.length);
    let offset = 0n;
    for (const [i, b] of bytes.entries()) {
      addresses[i] = BigInt(block) + offset;
      offset += BigInt(b.length);
    }
    const lengths = BigUint64Array.from(bytes, (b) => BigInt(b.length));
    api.TF_SetAttrStringList(description, key, addresses, lengths, values.length);
  } finally {
    api.free(block);
  }
}
