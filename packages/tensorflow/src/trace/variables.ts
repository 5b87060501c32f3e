import type { HostTensor } from '@vjepa/engine';
import { type Attributes, dataTypeOf, isLazy, type LazyTensor, type TensorSpec, toHostTensor } from '@vjepa/trace';
import type { CApi, OutputOfOperation, Pointer } from '../c-api.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Session } from './session.js';
import { hostTensor, readTensor } from './tensor-memory.js';

/** One tensor of the state: a TensorFlow resource variable, and the operations that read and write it. */
export interface Variable extends TensorSpec {
  handle: OutputOfOperation;
  read: OutputOfOperation;
  write: { feed: OutputOfOperation; assign: Pointer };
}

/** A value on its way to a variable. */
interface Write {
  tensor: Pointer;
  feed: OutputOfOperation;
  assign: Pointer;
}

/**
 * How much is written at once: enough that TensorFlow prepares few runs, which takes it longer than the copies, and not
 * so much that it counts beside the state itself.
 */
const BATCH_BYTES = 64 * 2 ** 20;

let instances = 0;

/** The state of a compiled function, kept by TensorFlow between runs. */
export class Variables {
  readonly #api: CApi;
  readonly #builder: GraphBuilder;
  readonly #variables = new Map<string, Variable>();
  readonly #container = `vjepa-${++instances}`;
  readonly #device: string;

  /** @param device may have variables of its own beside those of other devices in one graph */
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
      this.#builder.add({ op, name: `${this.#container}/${index}/${op}`, attributes, inputs, device: this.#device });
    const sharedName: Attributes = { shared_name: { kind: 'string', value: `${this.#container}/${name}` } };
    const handle = { oper: add('VarHandleOp', { ...shaped, ...sharedName }), index: 0 };
    const read = { oper: add('ReadVariableOp', type, [handle]), index: 0 };
    const feed = { oper: add('Placeholder', shaped), index: 0 };
    const assign = add('AssignVariableOp', type, [handle, feed]);
    const variable = { dtype, shape, handle, read, write: { feed, assign } };
    this.#variables.set(name, variable);
    return variable;
  }

  /**
   * Gives variables new values. Names are checked before any is written, shapes and element types as the values come.
   * Lazy values are made one after the other; a few are in ordinary memory at a time.
   */
  async write(session: Session, values: Record<string, HostTensor | LazyTensor>): Promise<void> {
    const entries = Object.entries(values);
    for (const [name, value] of entries) checkShape(name, this.get(name), value);
    const batch: Write[] = [];
    let bytes = 0;
    try {
      for (const [name, value] of entries) {
        const data = isLazy(value) ? await value.data() : value.data;
        batch.push(this.#prepare(name, value.shape, data));
        bytes += data.byteLength;
        if (bytes < BATCH_BYTES) continue;
        await this.#run(session, batch);
        bytes = 0;
      }
      if (batch.length > 0) await this.#run(session, batch);
    } finally {
      for (const { tensor } of batch) this.#api.TF_DeleteTensor(tensor);
    }
  }

  #prepare(name: string, shape: number[], data: HostTensor['data']): Write {
    const { dtype, write } = this.get(name);
    if (dtype !== dataTypeOf(data)) {
      throw new Error(`state '${name}' has TensorFlow type ${dtype}; the value given has type ${dataTypeOf(data)}`);
    }
    return { tensor: hostTensor(this.#api, dtype, shape, data), ...write };
  }

  /** Writes a batch and empties it. */
  async #run(session: Session, batch: Write[]): Promise<void> {
    const feeds = batch.map(({ feed, tensor }) => ({ output: feed, tensor }));
    const targets = batch.map(({ assign }) => assign);
    await session.run(feeds, [], targets);
    for (const { tensor } of batch.splice(0)) this.#api.TF_DeleteTensor(tensor);
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

function checkShape(name: string, { shape }: TensorSpec, value: HostTensor | LazyTensor): void {
  if (String(shape) !== String(value.shape)) {
    throw new Error(`state '${name}' has shape [${shape}]; the value given has shape [${value.shape}]`);
  }
}
