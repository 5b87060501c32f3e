import type { CApi, OutputOfOperation, Pointer } from '../c-api.js';
import { dataTypeOf, type HostTensor, toHostTensor } from '../host-tensor.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Attributes } from './node.js';
import type { TensorSpec } from './recorder.js';
import type { Session } from './session.js';
import { hostTensor, readTensor } from './tensor-memory.js';

/** One tensor of the state: a TensorFlow resource variable, and the operations that read and write it. */
export interface Variable extends TensorSpec {
  handle: OutputOfOperation;
  read: OutputOfOperation;
  write: { feed: OutputOfOperation; assign: Pointer };
}

let instances = 0;

/** The state of a compiled function, kept by TensorFlow between runs. */
export class Variables {
  readonly #api: CApi;
  readonly #builder: GraphBuilder;
  readonly #variables = new Map<string, Variable>();
  readonly #container = `vjepa-${++instances}`;
  readonly #device: string;

  constructor(api: CApi, builder: GraphBuilder, device: string) {
    this.#api = api;
    this.#builder = builder;
    this.#device = device;
  }

  get names(): string[] {
    return [...this.#variables.keys()];
  }

  get(name: string): Variable {
    const variable = this.#variables.get(name);
    if (variable === undefined) {
      throw new Error(`there is no state '${name}'; there are ${this.#variables.size}: ${this.names.slice(0, 5)} …`);
    }
    return variable;
  }

  /** Adds a variable to the graph. It has no value until {@link write} gives it one. */
  declare(name: string, { dtype, shape }: TensorSpec): Variable {
    const index = this.#variables.size;
    const type: Attributes = { dtype: { kind: 'type', value: dtype } };
    const shaped: Attributes = { ...type, shape: { kind: 'shape', value: shape } };
    const add = (op: string, attributes: Attributes, inputs: OutputOfOperation[] = []) =>
      this.#builder.add({ op, name: `state/${index}/${op}`, attributes, inputs, device: this.#device });
    const sharedName: Attributes = { shared_name: { kind: 'string', value: `${this.#container}/${name}` } };
    const handle = { oper: add('VarHandleOp', { ...shaped, ...sharedName }), index: 0 };
    const read = { oper: add('ReadVariableOp', type, [handle]), index: 0 };
    const feed = { oper: add('Placeholder', shaped), index: 0 };
    const assign = add('AssignVariableOp', type, [handle, feed]);
    const variable = { dtype, shape, handle, read, write: { feed, assign } };
    this.#variables.set(name, variable);
    return variable;
  }

  /** Gives variables new values. Checks every shape and element type before it writes any. */
  async write(session: Session, values: Record<string, HostTensor>): Promise<void> {
    const entries = Object.entries(values).map(([name, tensor]) => ({ variable: this.get(name), name, tensor }));
    for (const { variable, name, tensor } of entries) checkSpec(name, variable, tensor);
    for (const batch of batches(entries)) {
      const feeds = batch.map(({ variable, tensor: { shape, data } }) => ({
        output: variable.write.feed,
        tensor: hostTensor(this.#api, variable.dtype, shape, data),
      }));
      try {
        await session.run(
          feeds,
          [],
          batch.map(({ variable }) => variable.write.assign),
        );
      } finally {
        for (const { tensor } of feeds) this.#api.TF_DeleteTensor(tensor);
      }
    }
  }

  /** Copies of variables. All of them are of the same moment: no step runs in between. */
  async read(session: Session, names: readonly string[]): Promise<Record<string, HostTensor>> {
    const api = this.#api;
    const tensors = await session.run(
      [],
      names.map((name) => this.get(name).read),
      [],
    );
    const values: Record<string, HostTensor> = {};
    for (const [i, tensor] of tensors.entries()) {
      const { dtype, shape, bytes } = readTensor(api, tensor);
      values[names[i]!] = toHostTensor(dtype, shape, bytes);
      api.TF_DeleteTensor(tensor);
    }
    return values;
  }
}

function checkSpec(name: string, { dtype, shape }: TensorSpec, tensor: HostTensor): void {
  if (dtype !== dataTypeOf(tensor.data) || String(shape) !== String(tensor.shape)) {
    throw new Error(
      `state '${name}' has shape [${shape}] and TensorFlow type ${dtype}; ` +
        `the value given has shape [${tensor.shape}] and type ${dataTypeOf(tensor.data)}`,
    );
  }
}

const BATCH_BYTES = 2 ** 28;

/** Groups of tensors of at most 256 MB, so that the copies in flight stay small. */
function* batches<T extends { tensor: HostTensor }>(entries: readonly T[]): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.tensor.data.byteLength > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(entry);
    bytes += entry.tensor.data.byteLength;
  }
  if (batch.length > 0) yield batch;
}
