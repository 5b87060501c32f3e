import type { HostTensor, StagedInputs, StepFunction } from '@vjepa/engine';
import {
  DataType,
  dataTypeOf,
  isLazy,
  type LazyTensor,
  type Specs,
  Staged,
  specsOf,
  stateSpecs,
  toHostTensor,
  WorkUnderWay,
  warnOfManySizes,
} from '@vjepa/trace';
import type { Buffer } from './pjrt/buffer.js';
import type { Client } from './pjrt/client.js';
import type { LoadedExecutable } from './pjrt/loaded-executable.js';
import { elementTypeName } from './stablehlo/element-type.js';
import type { Argument, StepProgram } from './stablehlo/write-program.js';
import { invalid, type StepInputs, type StepOptions, StepWriter } from './step-writer.js';
import { XlaError } from './xla-error.js';

/** A step that runs whole on a device of XLA's. Its state stays there between calls. */
export interface CompiledStep {
  /**
   * Runs the step. Calls run one after the other, in the order they were made; the first with a new set of shapes
   * compiles. Inputs must stay as they are until the promise settles. The state's memory becomes that of its new values,
   * so a run that fails on the device, as for want of memory, leaves no state.
   *
   * @throws TraceError for what has no translation, with the operation and the line; XlaError if an input is no tensor,
   *   or with XLA's own words
   */
  (inputs: StepInputs | StagedInputs): Promise<Record<string, HostTensor>>;
  /** Begins to copy the inputs of a call to come to the device, beside the call that is under way. */
  readonly stage: (inputs: StepInputs) => StagedInputs;
  /** Copies of the state, all of the same moment. Default: all of it. */
  readState(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Replaces some of the state; shapes and element types must be those it has. */
  writeState(values: Record<string, HostTensor | LazyTensor>): Promise<void>;
  /** The program that the step is for such inputs, in StableHLO, without compiling it. */
  program(inputs: StepInputs): StepProgram;
  /** How many programs were compiled: one for every set of sizes. */
  readonly compilations: number;
  /** Frees the state and the programs once the calls under way are done. */
  dispose(): void;
}

/** Makes a step, a pure function of TensorFlow.js's operations, into one that runs whole on a client's first device. */
export function compileStep(client: Client, fn: StepFunction, options: StepOptions): CompiledStep {
  const compiled = new Compiled(client, fn, options);
  const call = (inputs: StepInputs | StagedInputs) => compiled.call(inputs);
  return Object.defineProperties(call as CompiledStep, {
    stage: { value: (inputs: StepInputs) => compiled.stage(inputs) },
    readState: { value: (names?: readonly string[]) => compiled.readState(names) },
    writeState: { value: (values: Record<string, HostTensor | LazyTensor>) => compiled.writeState(values) },
    program: { value: (inputs: StepInputs) => compiled.program(inputs) },
    compilations: { get: () => compiled.compilations },
    dispose: { value: () => compiled.dispose() },
  });
}

/** What one set of sizes was compiled to. */
interface CompiledProgram extends StepProgram {
  executable: LoadedExecutable;
}

/** A call that only needs to be run: its inputs are on the device. */
interface PreparedCall {
  program: CompiledProgram;
  inputs: ReadonlyMap<string, Buffer>;
}

class Compiled {
  compilations = 0;
  readonly #client: Client;
  readonly #writer: StepWriter;
  readonly #specs: Specs;
  readonly #programs = new Map<string, Promise<CompiledProgram>>();
  readonly #state = new Map<string, Buffer>();
  #initialState: StepOptions['state'] | undefined;
  /** The end of what was asked for last: the state is used by one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #work = new WorkUnderWay();

  constructor(client: Client, fn: StepFunction, options: StepOptions) {
    this.#client = client;
    this.#writer = new StepWriter(fn, options);
    this.#specs = this.#writer.state;
    this.#initialState = options.state;
  }

  call(inputs: StepInputs | StagedInputs): Promise<Record<string, HostTensor>> {
    return this.#untilDone(async () => {
      const prepared =
        inputs instanceof Staged
          ? (inputs as Staged<Promise<PreparedCall>>).take()
          : this.#prepare(inputs as StepInputs);
      // Whoever waits for a turn must not leave a refusal without anybody who hears it.
      prepared.catch(() => undefined);
      const { program, outputs } = await this.#inTurn(async () => this.#start(await prepared));
      return this.#read(program, outputs);
    });
  }

  stage(inputs: StepInputs): StagedInputs {
    const prepared = this.#untilDone(() => this.#prepare(inputs));
    // Why it could not be done is for the call to say.
    prepared.catch(() => undefined);
    return new Staged(
      prepared,
      () => void prepared.then(({ inputs }) => disposeAll(inputs.values())).catch(() => undefined),
    );
  }

  readState(names: readonly string[] = Object.keys(this.#specs)): Promise<Record<string, HostTensor>> {
    return this.#untilDone(() =>
      this.#inTurn(async () => {
        await this.#initialized();
        const values = await inGroups(names, (name) => toHost(this.#stateBuffer(name), this.#specs[name]!.dtype));
        return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      }),
    );
  }

  writeState(values: Record<string, HostTensor | LazyTensor>): Promise<void> {
    return this.#untilDone(async () => {
      for (const [name, { shape }] of Object.entries(stateSpecs(values, invalid))) this.#requireShape(name, shape);
      return this.#inTurn(async () => {
        await this.#initialized();
        await this.#write(values);
      });
    });
  }

  program(inputs: StepInputs): StepProgram {
    return this.#writer.write(specsOf(this.#writer.tensors(inputs)));
  }

  dispose(): void {
    this.#work.end(async () => {
      disposeAll(this.#state.values());
      for (const program of this.#programs.values()) await (await program).executable.dispose();
    });
  }

  /** Does what needs the state and the programs, which stay until it is done. */
  #untilDone<T>(work: () => Promise<T>): Promise<T> {
    return this.#work.do(work, () => new XlaError('disposed', 'the compiled step was disposed of'));
  }

  /** Works with the state, after those who asked before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #prepare(given: StepInputs): Promise<PreparedCall> {
    const tensors = this.#writer.tensors(given);
    const program = await this.#program(specsOf(tensors));
    const inputs = new Map<string, Buffer>();
    try {
      await Promise.all(
        program.arguments
          .filter(({ kind }) => kind === 'input')
          .map(async ({ name }) => inputs.set(name, await this.#toDevice(tensors[name]!))),
      );
    } catch (error) {
      disposeAll(inputs.values());
      throw error;
    }
    return { program, inputs };
  }

  /** Runs the program: the new state is there at once, its values come when they are computed. */
  async #start({ program, inputs }: PreparedCall): Promise<{ program: CompiledProgram; outputs: Buffer[] }> {
    try {
      await this.#initialized();
      const given = program.arguments.map(({ kind, name }) =>
        kind === 'state' ? this.#stateBuffer(name) : inputs.get(name)!,
      );
      const results = await program.executable.execute(given, { donate: placesOf(program.arguments) });
      const outputs: Buffer[] = [];
      for (const [i, { kind, name }] of program.results.entries()) {
        if (kind === 'output') outputs.push(results[i]!);
        else this.#replace(name, results[i]!);
      }
      return { program, outputs };
    } finally {
      disposeAll(inputs.values());
    }
  }

  async #read({ results }: CompiledProgram, buffers: readonly Buffer[]): Promise<Record<string, HostTensor>> {
    try {
      const outputs = results.filter(({ kind }) => kind === 'output');
      const values = await inGroups(outputs, ({ dtype }, i) => toHost(buffers[i]!, dtype));
      return Object.fromEntries(outputs.map(({ name }, i) => [name, values[i]!]));
    } finally {
      disposeAll(buffers);
    }
  }

  #program(inputs: Specs): Promise<CompiledProgram> {
    const key = JSON.stringify(inputs);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile(inputs);
      this.#programs.set(key, program);
      // What could not be compiled is tried again, so that every call says why.
      program.catch(() => this.#programs.delete(key));
    }
    return program;
  }

  async #compile(inputs: Specs): Promise<CompiledProgram> {
    const program = this.#writer.write(inputs);
    this.compilations++;
    warnOfManySizes(this.compilations);
    return { ...program, executable: await this.#client.compile(program.text) };
  }

  async #initialized(): Promise<void> {
    if (this.#initialState === undefined) return;
    await this.#write(this.#initialState);
    this.#initialState = undefined;
  }

  /** One after the other, so that lazy values need not be in memory all at once. */
  async #write(values: Record<string, HostTensor | LazyTensor>): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      const data = isLazy(value) ? await value.data() : value.data;
      this.#requireShape(name, value.shape);
      const { dtype } = this.#specs[name]!;
      if (dataTypeOf(data) !== dtype) {
        throw invalid(
          `state '${name}' has elements of type ${elementTypeName(dtype)}, and was given ${elementTypeName(dataTypeOf(data))}`,
        );
      }
      this.#replace(name, await this.#toDevice({ shape: value.shape, data }));
    }
  }

  #requireShape(name: string, found: readonly number[]): void {
    const spec = this.#specs[name];
    if (spec === undefined) {
      throw invalid(`the step's state has no tensor '${name}'; it has ${Object.keys(this.#specs).join(', ')}`);
    }
    if (String(spec.shape) !== String(found)) {
      throw invalid(`state '${name}' has shape [${spec.shape}] and was given [${found}]`);
    }
  }

  #stateBuffer(name: string): Buffer {
    const buffer = this.#state.get(name);
    if (buffer === undefined) this.#requireShape(name, []);
    return buffer!;
  }

  #replace(name: string, buffer: Buffer): void {
    const old = this.#state.get(name);
    this.#state.set(name, buffer);
    if (old !== undefined && !old.isDisposed) void old.dispose();
  }

  #toDevice({ shape, data }: HostTensor): Promise<Buffer> {
    return this.#client.toDevice(data, { type: elementTypeName(dataTypeOf(data)), shape });
  }
}

/** Copies under way at once: the calls that may be are limited, and a large model has thousands of tensors. */
const AT_ONCE = 16;

async function inGroups<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += AT_ONCE) {
    const group = items.slice(first, first + AT_ONCE);
    results.push(...(await Promise.all(group.map((item, i) => work(item, first + i)))));
  }
  return results;
}

/** The places of what is given up to a program. */
function placesOf(args: readonly Argument[]): number[] {
  return args.flatMap(({ donated }, i) => (donated ? [i] : []));
}

function disposeAll(buffers: Iterable<Buffer>): void {
  for (const buffer of buffers) if (!buffer.isDisposed) void buffer.dispose();
}

async function toHost(buffer: Buffer, dtype: number): Promise<HostTensor> {
  const bytes = await buffer.toHost(new ArrayBuffer(buffer.byteLength));
  // A truth value is a byte.
  return toHostTensor(dtype === DataType.BOOL ? DataType.UINT8 : dtype, [...buffer.shape], bytes.buffer as ArrayBuffer);
}
