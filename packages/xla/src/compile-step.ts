import type { HostTensor, StagedInputs, StepFunction } from '@vjepa/engine';
import {
  type AttentionForm,
  DataType,
  dataTypeOf,
  isLazy,
  joinOutputs,
  type LazyTensor,
  type Specs,
  Staged,
  specsOf,
  stateSpecs,
  toHostTensor,
  WorkUnderWay,
  warnOfManySizes,
} from '@vjepa/trace';
import { type ExecutionTrace, type Span, traceOf } from './execution-trace.js';
import type { Buffer } from './pjrt/buffer.js';
import type { Client } from './pjrt/client.js';
import type { Device } from './pjrt/device.js';
import type { LoadedExecutable } from './pjrt/loaded-executable.js';
import { elementTypeName } from './stablehlo/element-type.js';
import type { Argument, StepProgram } from './stablehlo/write-program.js';
import { invalid, type StepInputs, type StepOptions, StepWriter } from './step-writer.js';
import { XlaError } from './xla-error.js';

/** How a step is compiled, and for which devices. */
export interface CompileStepOptions extends StepOptions {
  /**
   * Several of the client's devices: each has a replica of the state and runs the step on its part of the batch. Inputs of
   * rank 1 or more are cut along their first axis, or as {@link StepFunction.batchAxes} says; outputs that are scalars are
   * averaged, others joined along their first axis. What goes through `meanOverReplicas` and its kind of @vjepa/engine is
   * exchanged inside the program, so a step that does not average its gradients lets the replicas drift apart (the steps of
   * @vjepa/jepa and @vjepa/probe average them). A batch that cannot be cut into as many equal parts is shared as
   * {@link SharedBatch} of @vjepa/trace does. Default: the client's first device.
   */
  devices?: readonly Device[] | undefined;
}

/** A step that runs whole on one device of XLA's, or on several. Its state stays there between calls. */
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
  /**
   * Begins to copy the inputs of a call to come to the device, beside the call that is under way. They are there until a
   * call has had them, they are discarded, or the step is disposed of.
   */
  readonly stage: (inputs: StepInputs) => StagedInputs;
  /**
   * Runs the step as a call does, and says what was waited for: its inputs, its start, its run with its outputs. What XLA
   * does in between is not seen.
   */
  readonly profile: (inputs: StepInputs) => Promise<StepProfile>;
  /** Copies of the state, all of the same moment. Default: all of it. */
  readState(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Replaces some of the state; shapes and element types must be those it has. */
  writeState(values: Record<string, HostTensor | LazyTensor>): Promise<void>;
  /** The program that the step is for such inputs, in StableHLO, without compiling it: on several devices, that of each. */
  program(inputs: StepInputs): StepProgram;
  /** How many programs were compiled: one for every set of sizes. */
  readonly compilations: number;
  /** The forms that attention takes in what was compiled, and why: fused by cuDNN, or composed. */
  readonly attention: readonly AttentionForm[];
  /** Frees the state and the programs once the calls under way are done. */
  dispose(): void;
}

/** A step that was watched. */
export interface StepProfile {
  outputs: Record<string, HostTensor>;
  trace: ExecutionTrace;
}

/** Makes a step, a pure function of TensorFlow.js's operations, into one that runs whole on a client's devices. */
export function compileStep(client: Client, fn: StepFunction, options: CompileStepOptions): CompiledStep {
  const compiled = new Compiled(client, fn, options);
  const call = (inputs: StepInputs | StagedInputs) => compiled.call(inputs);
  return Object.defineProperties(call as CompiledStep, {
    stage: { value: (inputs: StepInputs) => compiled.stage(inputs) },
    profile: { value: (inputs: StepInputs) => compiled.profile(inputs) },
    readState: { value: (names?: readonly string[]) => compiled.readState(names) },
    writeState: { value: (values: Record<string, HostTensor | LazyTensor>) => compiled.writeState(values) },
    program: { value: (inputs: StepInputs) => compiled.program(inputs) },
    compilations: { get: () => compiled.compilations },
    attention: { get: () => compiled.attention },
    dispose: { value: () => compiled.dispose() },
  });
}

/** What one set of sizes was compiled to. */
interface CompiledProgram extends StepProgram {
  executable: LoadedExecutable;
}

/** What lies on each device under one name, in the devices' order. */
type OnDevices = readonly Buffer[];

/** A call that only needs to be run: its inputs are on the devices. */
interface PreparedCall {
  program: CompiledProgram;
  inputs: ReadonlyMap<string, OnDevices>;
  /** How many of the devices have a part of the batch of their own. */
  parts: number;
  /** Where samples were added to the batch, how many there were. */
  samples?: number | undefined;
}

class Compiled {
  compilations = 0;
  readonly attention: AttentionForm[] = [];
  readonly #client: Client;
  readonly #writer: StepWriter;
  readonly #specs: Specs;
  readonly #programs = new Map<string, Promise<CompiledProgram>>();
  readonly #devices: readonly Device[];
  readonly #state = new Map<string, OnDevices>();
  #initialState: StepOptions['state'] | undefined;
  /** The end of what was asked for last: the state is used by one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #work = new WorkUnderWay();
  /** What neither a call has had nor anybody discarded. */
  readonly #staged = new Set<StagedInputs>();

  constructor(client: Client, fn: StepFunction, { devices, ...options }: CompileStepOptions) {
    this.#client = client;
    this.#devices = devices ?? client.addressableDevices.slice(0, 1);
    if (this.#devices.length === 0) throw invalid('a step is compiled for one device at least, and none is given');
    const [device] = this.#devices;
    this.#writer = new StepWriter(fn, options, { device, devices: this.#devices.length });
    this.#specs = this.#writer.state;
    this.#initialState = options.state;
  }

  /** @param noted gets the name of what is done from now on */
  call(inputs: StepInputs | StagedInputs, noted = (_name: string) => {}): Promise<Record<string, HostTensor>> {
    return this.#untilDone(async () => {
      noted('inputs to the device');
      const prepared = inputs instanceof Staged ? this.#take(inputs) : this.#prepare(inputs as StepInputs);
      // Whoever waits for a turn must not leave a refusal without anybody who hears it.
      prepared.catch(() => undefined);
      const outputs = await this.#inTurn(async () => {
        const ready = await prepared;
        noted('start');
        return this.#start(ready);
      });
      noted('run, and outputs to the host');
      return this.#read(await prepared, outputs);
    });
  }

  async profile(inputs: StepInputs): Promise<StepProfile> {
    const spans: Span[] = [];
    const end = () => {
      const last = spans.at(-1);
      if (last !== undefined) last.ended = performance.now();
    };
    const noted = (name: string) => {
      end();
      spans.push({ name, begun: performance.now(), ended: Number.NaN });
    };
    // Compiling is no part of a step, and is not watched.
    await this.#program(...this.#sizes(inputs));
    const outputs = await this.call(inputs, noted);
    end();
    return { outputs, trace: traceOf('step', spans) };
  }

  stage(inputs: StepInputs): StagedInputs {
    const prepared = this.#untilDone(() => this.#prepare(inputs));
    // Why it could not be done is for the call to say.
    prepared.catch(() => undefined);
    const staged = new Staged(prepared, () => {
      this.#staged.delete(staged);
      void prepared.then(({ inputs }) => disposeAll([...inputs.values()].flat())).catch(() => undefined);
    });
    this.#staged.add(staged);
    return staged;
  }

  #take(staged: Staged<Promise<PreparedCall>>): Promise<PreparedCall> {
    this.#staged.delete(staged);
    return staged.take();
  }

  readState(names: readonly string[] = Object.keys(this.#specs)): Promise<Record<string, HostTensor>> {
    return this.#untilDone(() =>
      this.#inTurn(async () => {
        await this.#initialized();
        const values = await Promise.all(
          names.map((name) => toHost(this.#stateOf(name)[0]!, this.#specs[name]!.dtype)),
        );
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
    return this.#writer.write(...this.#sizes(inputs));
  }

  #sizes(inputs: StepInputs): [part: Specs, parts: number] {
    const { parts } = this.#writer.parts(inputs);
    return [specsOf(parts[0]!), parts.length];
  }

  dispose(): void {
    for (const staged of this.#staged) staged.discard();
    this.#work.end(async () => {
      disposeAll([...this.#state.values()].flat());
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
    const { parts, samples } = this.#writer.parts(given);
    const program = await this.#program(specsOf(parts[0]!), parts.length);
    const names = program.arguments.filter(({ kind }) => kind === 'input').map(({ name }) => name);
    const copies = names.map((name) => this.#toDevices((device) => parts[device % parts.length]![name]!));
    const inputs = await allOrNone(copies);
    return { program, inputs: new Map(names.map((name, i) => [name, inputs[i]!])), parts: parts.length, samples };
  }

  /** Runs the program: the new state is there at once, its values come when they are computed. */
  async #start({ program, inputs }: PreparedCall): Promise<Buffer[][]> {
    try {
      await this.#initialized();
      const given = program.arguments.map(({ kind, name }) =>
        kind === 'state' ? this.#stateOf(name) : inputs.get(name)!,
      );
      const lists = this.#devices.map((_, device) => given.map((buffers) => buffers[device]!));
      const results = await program.executable.executeOn(lists, { donate: placesOf(program.arguments) });
      for (const [i, { kind, name }] of program.results.entries()) {
        if (kind === 'state')
          this.#replace(
            name,
            results.map((list) => list[i]!),
          );
      }
      return results.map((list) => list.filter((_, i) => program.results[i]!.kind === 'output'));
    } finally {
      disposeAll([...inputs.values()].flat());
    }
  }

  /** @param buffers the outputs on each device */
  async #read({ program, parts, samples }: PreparedCall, buffers: readonly Buffer[][]) {
    try {
      const outputs = program.results.filter(({ kind }) => kind === 'output');
      const read = async (list: readonly Buffer[]): Promise<Record<string, HostTensor>> => {
        const values = await Promise.all(outputs.map(({ dtype }, i) => toHost(list[i]!, dtype)));
        return Object.fromEntries(outputs.map(({ name }, i) => [name, values[i]!]));
      };
      const replicas: Record<string, HostTensor>[] = [];
      for (const list of buffers.slice(0, parts)) replicas.push(await read(list));
      return joinOutputs(replicas, samples);
    } finally {
      disposeAll(buffers.flat());
    }
  }

  #program(inputs: Specs, parts: number): Promise<CompiledProgram> {
    const key = JSON.stringify([parts, inputs]);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile(inputs, parts);
      this.#programs.set(key, program);
      // What could not be compiled is tried again, so that every call says why.
      program.catch(() => this.#programs.delete(key));
    }
    return program;
  }

  async #compile(inputs: Specs, parts: number): Promise<CompiledProgram> {
    const program = this.#writer.write(inputs, parts);
    this.compilations++;
    this.#note(program.attention);
    warnOfManySizes(this.compilations);
    const devices = this.#devices.map(({ id }) => [id]);
    const executable = await this.#client.compile(program.text, { replicas: devices.length, devices });
    return { ...program, executable };
  }

  #note(forms: readonly AttentionForm[]): void {
    const known = new Set(this.attention.map((form) => JSON.stringify(form)));
    this.attention.push(...forms.filter((form) => !known.has(JSON.stringify(form))));
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
      this.#replace(name, await this.#toDevices(() => ({ shape: value.shape, data })));
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

  #stateOf(name: string): OnDevices {
    const buffers = this.#state.get(name);
    if (buffers === undefined) this.#requireShape(name, []);
    return buffers!;
  }

  #replace(name: string, buffers: OnDevices): void {
    disposeAll(this.#state.get(name) ?? []);
    this.#state.set(name, buffers);
  }

  /** @param of what each device gets */
  #toDevices(of: (device: number) => HostTensor): Promise<OnDevices> {
    return allOrNone(
      this.#devices.map((device, i) => {
        const { shape, data } = of(i);
        return this.#client.toDevice(data, { type: elementTypeName(dataTypeOf(data)), shape }, { device });
      }),
    );
  }
}

/** What all copies have made; of those that succeed where one fails, nothing is kept. */
async function allOrNone<T extends Buffer | OnDevices>(copies: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(copies);
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return made;
  disposeAll(made.flat() as Buffer[]);
  throw failed.reason;
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
