import { XlaError } from '../xla-error.js';
import { Buffer } from './buffer.js';
import { LinkedMemory } from './c-struct.js';
import type { Device } from './device.js';
import type { DeviceSet } from './device-set.js';
import { Executable, type OutputType } from './executable.js';
import { growing, type PjrtApi } from './pjrt-api.js';
import { EXECUTE_OPTIONS } from './pjrt-functions.js';
import { PjrtObject } from './pjrt-object.js';
import { type ParameterType, programParameters } from './program-parameters.js';

/** What an execution may do with its arguments. */
export interface ExecuteOptions {
  /**
   * Which arguments are given up: their memory may become an output's, where the program says so, and the buffers are
   * disposed of. Their places in the list of arguments; default: none. After an error they may or may not have values.
   */
  donate?: readonly number[] | undefined;
}

/** A program on the devices it was compiled for. */
export class LoadedExecutable extends PjrtObject {
  /** The devices it runs on, of this process: lists of arguments come in their order. */
  readonly devices: readonly Device[];
  /** What there is to know of it: memory, cost, outputs, serialisation. It ends with this one. */
  readonly executable: Executable;
  readonly #client: DeviceSet;
  readonly #outputs: readonly OutputType[];
  #parameters: readonly ParameterType[] | undefined;

  /** @param address of the plug-in's executable, which the result owns */
  static async create(api: PjrtApi, client: DeviceSet, address: bigint): Promise<LoadedExecutable> {
    const program = new LoadedExecutable(api, client, address);
    try {
      program.#parameters = programParameters(await program.executable.optimizedProgram());
    } catch (error) {
      // A plug-in need not tell: it is left to it then to compare.
      if (!(error instanceof XlaError)) throw error;
    }
    return program;
  }

  private constructor(api: PjrtApi, client: DeviceSet, address: bigint) {
    super({
      api,
      kind: 'loadedExecutable',
      address,
      destroy: 'PJRT_LoadedExecutable_Destroy',
      field: 'executable',
      parent: client,
    });
    this.#client = client;
    const devices = api.call('PJRT_LoadedExecutable_AddressableDevices', { executable: address });
    this.devices = api
      .words(devices.get('addressable_devices'), devices.get('num_addressable_devices'))
      .map((device) => client.deviceAt(device));
    const inner = api.call('PJRT_LoadedExecutable_GetExecutable', { loaded_executable: address }).get('executable');
    this.executable = new Executable(api, inner, this);
    this.#outputs = this.executable.outputs();
  }

  /** Names, types and shapes of what it takes, on each device; undefined where the plug-in does not tell. */
  get parameters(): readonly ParameterType[] | undefined {
    return this.#parameters;
  }

  /** Types and shapes of what it gives, on each device. */
  get outputs(): readonly OutputType[] {
    return this.#outputs;
  }

  /**
   * Runs the program on its one device. Resolves when the run is under way: the outputs can be passed on at once, and
   * {@link Buffer.ready} and {@link Buffer.toHost} wait for their values and say why there are none.
   *
   * @throws XlaError `invalid-argument` where there are not as many arguments as the program takes, or one has another type
   *   or shape, with its place and name; `disposed`
   */
  async execute(inputs: readonly Buffer[], options: ExecuteOptions = {}): Promise<Buffer[]> {
    const [outputs] = await this.executeOn([inputs], options);
    return outputs!;
  }

  /**
   * Runs the program on all its devices at once.
   *
   * @param inputs a list of arguments for each of {@link devices}
   * @returns a list of outputs for each
   * @throws XlaError `invalid-argument`, `disposed`
   */
  async executeOn(inputs: readonly (readonly Buffer[])[], { donate = [] }: ExecuteOptions = {}): Promise<Buffer[][]> {
    const count = this.#checkInputs(inputs, donate);
    const addresses = inputs.map((list) => list.map(({ address }) => address));
    const outputs = await this.during((executable) =>
      heldAll(inputs.flat(), () =>
        this.#client.inOrder(() => this.#execute(executable, addresses, keptPlaces(count, donate))),
      ),
    );
    for (const list of inputs) for (const place of donate) void list[place]!.dispose();
    return outputs;
  }

  #checkInputs(inputs: readonly (readonly Buffer[])[], donate: readonly number[]): number {
    if (inputs.length !== this.devices.length) {
      throw new XlaError(
        'invalid-argument',
        `the program runs on ${this.devices.length} devices, and arguments for ${inputs.length} were given`,
      );
    }
    const count = inputs[0]?.length ?? 0;
    const uneven = inputs.find(({ length }) => length !== count);
    if (uneven !== undefined) {
      throw new XlaError(
        'invalid-argument',
        `every device takes as many arguments as the others: ${count} and ${uneven.length} were given`,
      );
    }
    this.#compare(inputs);
    const beyond = donate.find((place) => !(place >= 0 && place < count));
    if (beyond !== undefined) {
      throw new XlaError('invalid-argument', `argument ${beyond} is to be given up, and there are ${count}`);
    }
    return count;
  }

  /** PJRT compares sizes in bytes, and no types. */
  #compare(inputs: readonly (readonly Buffer[])[]): void {
    const parameters = this.#parameters;
    // What was disposed of refuses by itself.
    if (parameters === undefined || this.isDisposed) return;
    for (const list of inputs) {
      if (list.length !== parameters.length) {
        throw new XlaError(
          'invalid-argument',
          `the program takes ${parameters.length} arguments, and ${list.length} were given`,
        );
      }
      for (let i = 0; i < list.length; i++) {
        if (!fits(list[i]!, parameters[i]!)) throw misfit(i, list[i]!, parameters[i]!);
      }
    }
  }

  async #execute(executable: bigint, inputs: readonly bigint[][], kept: BigInt64Array): Promise<Buffer[][]> {
    const given = inputs.map((list) => BigUint64Array.from(list));
    const made = inputs.map(() => new BigUint64Array(this.#outputs.length));
    await this.api.callAsync('PJRT_LoadedExecutable_Execute', {
      executable,
      options: growing(EXECUTE_OPTIONS, {
        non_donatable_input_indices: kept,
        num_non_donatable_input_indices: kept.length,
      }),
      argument_lists: LinkedMemory.ofLists(given),
      num_devices: inputs.length,
      num_args: given[0]?.length ?? 0,
      output_lists: LinkedMemory.ofLists(made),
    });
    return made.map((list) => [...list].map((address) => new Buffer(this.api, this.#client, address)));
  }
}

function fits(buffer: Buffer, { type, shape }: ParameterType): boolean {
  if (type !== undefined && buffer.type !== type) return false;
  return buffer.shape.length === shape.length && shape.every((size, axis) => buffer.shape[axis] === size);
}

function misfit(place: number, buffer: Buffer, { name, type, shape }: ParameterType): XlaError {
  const which = name === '' ? `argument ${place}` : `argument ${place} ('${name}')`;
  const text = ({ type, shape }: Pick<ParameterType, 'type' | 'shape'>) => `${type ?? ''}[${shape.join(',')}]`;
  return new XlaError('invalid-argument', `${which} is to be ${text({ type, shape })}, and ${text(buffer)} was given`);
}

/** Keeps buffers while a call works with them, each once. */
function heldAll<R>(buffers: readonly Buffer[], call: () => Promise<R>): Promise<R> {
  return [...new Set(buffers)].reduce<() => Promise<R>>((inner, buffer) => () => buffer.held(inner), call)();
}

/** The places that are not given up. */
function keptPlaces(count: number, donate: readonly number[]): BigInt64Array {
  const given = new Set(donate);
  return BigInt64Array.from(
    Array.from({ length: count }, (_, place) => place).filter((place) => !given.has(place)),
    BigInt,
  );
}
