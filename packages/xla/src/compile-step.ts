import type { HostTensor, StagedInputs, StepFunction } from '@vjepa/engine';
import {
  type AttentionForm,
  dataTypeOf,
  firstRows,
  isLazy,
  type LazyTensor,
  type Specs,
  Staged,
  specsOf,
  stateSpecs,
  WorkUnderWay,
  warnOfManySizes,
} from '@vjepa/trace';
import { allOrNone, disposeAll, type OnDevices, toDevices, toHost } from './device-tensors.js';
import { type ExecutionTrace, type Span, traceOf } from './execution-trace.js';
import type { Buffer } from './pjrt/buffer.js';
import type { Client } from './pjrt/client.js';
import type { Device } from './pjrt/device.js';
import type { LoadedExecutable } from './pjrt/loaded-executable.js';
import { elementTypeName } from './stablehlo/element-type.js';
import type { Mesh } from './stablehlo/sharding.js';
import type { Argument, StepProgram } from './stablehlo/write-program.js';
import { hostsOf } from './step-hosts.js';
import { invalid, type StepInputs, type StepOptions, StepWriter } from './step-writer.js';
import { XlaError } from './xla-error.js';

/** How a step is compiled, and for which devices. */
export interface CompileStepOptions extends StepOptions {
  /**
   * Several of the client's devices, which share the step: it is written as for one, with the whole batch, and XLA makes of it
   * what each device does with its part, and what they exchange. Inputs of rank 1 or more are cut along their first axis, or as
   * {@link StepFunction.batchAxes} says. A batch that cannot be cut into as many equal parts is shared as {@link SharedBatch} of
   * @vjepa/trace does. The state is whole on each device, or, with `shardState`, in parts.
   *
   * Devices of several processes, the same list in each, with as many of each process, one's after the other's: every process
   * binds the same steps and calls them in the same order, is given its part of the batch and gives the rows of it, of
   * outputs whose first axis is as long as the batch or a multiple of that; others are of the whole. With `shardState` the devices of each process have all of the state. Default: the client's first device.
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
   * Runs the step as a call does, and says what was waited for: its inputs, its start, its run with its outputs; and what
   * XLA did meanwhile, where the plug-in has a profiler.
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
  /** Why what XLA did is not in the trace, where it is not. */
  unseen?: string | undefined;
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
  /** This host's devices. */
  mesh: Mesh;
}

/** A call that only needs to be run: its inputs are on the devices. */
interface PreparedCall {
  program: CompiledProgram;
  inputs: ReadonlyMap<string, OnDevices>;
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
  /** Those of all hosts, and those of this one, which it feeds and reads. */
  readonly #all: readonly Device[];
  readonly #devices: readonly Device[];
  readonly #state = new Map<string, OnDevices>();
  #initialState: StepOptions['state'] | undefined;
  /** The end of what was asked for last: the state is used by one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #work = new WorkUnderWay();
  /** What neither a call has had nor anybody discarded. */
  readonly #staged = new Set<StagedInputs>();

  /** Where tensors are put. */
  get #place() {
    return { client: this.#client, devices: this.#devices };
  }

  /** The devices as the state is shared among them. */
  get #each(): Mesh {
    return { parts: this.#devices.length, copies: 1 };
  }

  constructor(client: Client, fn: StepFunction, { devices, ...options }: CompileStepOptions) {
    this.#client = client;
    this.#all = devices ?? client.addressableDevices.slice(0, 1);
    if (this.#all.length === 0) throw invalid('a step is compiled for one device at least, and none is given');
    const hosts = hostsOf(this.#all);
    this.#devices = this.#all.filter(({ isAddressable }) => isAddressable);
    const [device] = this.#devices;
    this.#writer = new StepWriter(fn, options, { device, devices: this.#devices.length, hosts });
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
    const { whole, parts } = this.#writer.parts(inputs);
    await this.#program(specsOf(whole), parts.length);
    const { result, space, unseen } = await this.#client.watched(() => this.call(inputs, noted).finally(end));
    return { outputs: result, trace: traceOf('step', spans, space), ...(unseen !== undefined && { unseen }) };
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
          names.map((name) => {
            const buffers = this.#stateOf(name);
            return toHost(buffers, this.#specs[name]!.dtype, this.#each, this.#writer.stateSharding(name));
          }),
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
    const { whole, parts } = this.#writer.parts(inputs);
    return this.#writer.write(specsOf(whole), parts.length);
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
    const { whole, parts, samples } = this.#writer.parts(given);
    const program = await this.#program(specsOf(whole), parts.length);
    const taken = program.arguments.filter(({ kind }) => kind === 'input');
    const copies = taken.map(({ name, sharding }) => toDevices(whole[name]!, this.#place, program.mesh, sharding));
    const inputs = await allOrNone(copies);
    return { program, inputs: new Map(taken.map(({ name }, i) => [name, inputs[i]!])), samples };
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
  async #read({ program, samples = Number.POSITIVE_INFINITY }: PreparedCall, buffers: readonly Buffer[][]) {
    try {
      const outputs: Record<string, HostTensor> = {};
      for (const [i, { name, dtype, sharding }] of program.results.filter(({ kind }) => kind === 'output').entries()) {
        const onDevices = buffers.map((list) => list[i]!);
        outputs[name] = firstRows(await toHost(onDevices, dtype, program.mesh, sharding), samples);
      }
      return outputs;
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
    const devices = this.#all.map(({ id }) => id);
    const options = { partitions: devices.length, devices: [devices], shardy: devices.length > 1 };
    const executable = await this.#client.compile(program.text, options);
    return { ...program, executable, mesh: { parts, copies: this.#devices.length / parts } };
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
      const whole = { shape: value.shape, data };
      this.#replace(name, await toDevices(whole, this.#place, this.#each, this.#writer.stateSharding(name)));
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
}

/** The places of what is given up to a program. */
function placesOf(args: readonly Argument[]): number[] {
  return args.flatMap(({ donated }, i) => (donated ? [i] : []));
}
