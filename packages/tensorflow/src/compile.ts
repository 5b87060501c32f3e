import { availableParallelism } from 'node:os';
import type { HostTensor, StagedInputs, StepFunction } from '@vjepa/engine';
import {
  asTensors,
  DataType,
  type DynamicAxes,
  DynamicLengths,
  dataTypeOf,
  defaultDynamicAxes,
  FixedSizes,
  joinOutputs,
  type LazyTensor,
  lowerTrace,
  SharedBatch,
  type Specs,
  Staged,
  specsOf,
  stateSpecs,
  type Trace,
  toHostTensor,
  traceStep,
  WorkUnderWay,
  warnOfManySizes,
} from '@vjepa/trace';
import type { CApi, Pointer } from './c-api.js';
import { collectGarbage } from './collect-garbage.js';
import type { ThreadSettings } from './config-proto.js';
import { multipliesBfloat16, multipliesTiles } from './cpu-features.js';
import type { JoinedHosts } from './hosts/join-hosts.js';
import { scalarsOverHosts } from './hosts/scalars-over-hosts.js';
import type { WithTensorFloat32 } from './tensor-float-32.js';
import { TensorFlowError } from './tensorflow-error.js';
import { emitReplicas } from './trace/emit-graph.js';
import { encodeElements } from './trace/encode-elements.js';
import { GraphBuilder } from './trace/graph-builder.js';
import { isLendable, lendTensor } from './trace/lent-tensor.js';
import { LibraryShapes } from './trace/library-shapes.js';
import type { Program } from './trace/program.js';
import { RegisteredKernels } from './trace/registered-kernels.js';
import { schedule } from './trace/schedule.js';
import { type Feed, Session } from './trace/session.js';
import { sessionConfig } from './trace/session-config.js';
import { type OperationTime, operationTimes } from './trace/step-profile.js';
import { hostTensor, readTensor } from './trace/tensor-memory.js';
import { Variables } from './trace/variables.js';
import { emitXlaProgram } from './trace/xla-program.js';
import { trimHeap } from './trim-heap.js';

/** What a compiled function is called with, by name; a number stands for a scalar. */
export type Inputs = Record<string, HostTensor | number>;

/** State, dynamic lengths, precision and devices of a compiled function. */
export interface CompileOptions {
  /**
   * Initial values of the state. They are copied to the device when the function is first called, lazy ones one by one;
   * after that the function holds no reference to them.
   */
  state: Record<string, HostTensor | LazyTensor>;
  /**
   * Operands of matrix products and convolutions; everything else is float32. Default: float32, which on NVIDIA GPUs is
   * float32 and not TF32.
   */
  precision?: 'float32' | 'bfloat16' | undefined;
  /**
   * Axes of inputs whose lengths change from call to call without another compilation. Default: all axes but the first
   * of int32 inputs of rank 2 or more (masks). What is given here takes the place of that default, for all inputs.
   */
  dynamic?: DynamicAxes | undefined;
  /** A TensorFlow device such as `/device:CPU:0`. Default: the first GPU if there is one, else the first CPU. */
  device?: string | undefined;
  /**
   * Several devices of this machine, instead of one: each has a replica of the state and runs the function on its part
   * of the batch. Inputs of rank 1 or more are cut along their first axis, or as {@link StepFunction.batchAxes} says;
   * outputs that are scalars are averaged, others joined along their first axis. Only what goes through
   * `meanOverReplicas` of @vjepa/engine is exchanged, so a function that does not average its gradients lets the replicas drift apart
   * (the steps of @vjepa/jepa and @vjepa/probe average them). Without XLA.
   *
   * A batch that cannot be cut into as many equal parts is filled up where the function gives one row for each sample
   * and nothing else; those rows are left out. Otherwise it is cut into the most equal parts that serve all devices
   * alike, their greatest common divisor, and the devices without a part of their own make the same updates.
   */
  devices?: readonly string[] | undefined;
  /**
   * Several processes that run the function together, each on its part of the batch: what `TensorFlowRuntime.joinHosts`
   * gives. What devices exchange goes through TensorFlow's collective operations then; outputs that are scalars are the
   * mean of all hosts', others this host's rows. All hosts must compile the same functions in the same order and make
   * the same calls, with parts of the same size. Default: this process alone. Without XLA.
   */
  hosts?: JoinedHosts | undefined;
  /**
   * Whether XLA compiles the step whole, for fixed sizes: inputs are then padded along their dynamic axes to a few sizes,
   * and the function is given their lengths as int32 scalars `<input>.length`. Every set of sizes is a compilation. A
   * function that does not look at those lengths is compiled for every set of lengths instead. Default: on GPUs.
   */
  xla?: boolean | undefined;
  /**
   * Attention through cuDNN's fused kernels, which keep no matrix of scores, instead of batched products: under XLA on
   * NVIDIA GPUs, in bfloat16, for heads whose width is a multiple of 8 up to 128. Default: false; what it computes has not
   * been seen on a GPU yet.
   */
  fusedAttention?: boolean | undefined;
}

/** A step that runs whole inside TensorFlow. Its state stays there between calls. */
export interface CompiledFunction {
  /**
   * Runs the step on a thread of TensorFlow's: the event loop stays free. Calls run one after the other, in the order
   * they were made. The first call with a new set of static shapes compiles. Inputs must stay as they are until the
   * promise settles: bytes in shared memory are read where they lie (without a copy, if aligned to 64 bytes).
   *
   * @throws TraceError if the function holds something a graph cannot, TensorFlowError if an input is no tensor or a run
   *   fails
   */
  (inputs: Inputs | StagedInputs): Promise<Record<string, HostTensor>>;
  /**
   * Begins to copy the inputs of a call to come to the device, beside the call that is under way; they lie there until a
   * call takes them, and must stay as they are until its promise settles. Under XLA only: elsewhere inputs go nowhere
   * before their call.
   */
  readonly stage?: (inputs: Inputs) => StagedInputs;
  /**
   * Runs the step as a call does, and says what each of its operations took. A run that is watched takes a few percent
   * longer. Under XLA the step is one operation.
   */
  profile(inputs: Inputs): Promise<StepProfile>;
  /** Copies of the state, all of the same moment. Default: all of it. */
  readState(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Replaces some of the state; shapes and element types must be those it has. */
  writeState(values: Record<string, HostTensor | LazyTensor>): Promise<void>;
  /** How many times the function was traced and made into a graph: once for every set of static input shapes. */
  readonly compilations: number;
  /** Frees the state and the graph once the calls under way are done. */
  dispose(): void;
}

/** A step that was watched. */
export interface StepProfile {
  outputs: Record<string, HostTensor>;
  /** In the order in which they began. */
  operations: OperationTime[];
  /** How many operations run side by side. */
  lanes: number;
}

/** What a compiled function needs of the runtime it belongs to. */
export interface CompileContext {
  api: CApi;
  threads?: ThreadSettings;
  /** See DeviceSettings. */
  gpus?: readonly number[] | undefined;
  inTensorFloat32?: WithTensorFloat32;
}

/** Makes a {@link CompiledFunction} of a pure function written in TensorFlow.js's operations, like `jax.jit`. */
export function compile(context: CompileContext, fn: StepFunction, options: CompileOptions): CompiledFunction {
  const compiled = new Compiled(context, fn, options);
  const call = (inputs: Inputs | StagedInputs) => compiled.call(inputs);
  return Object.defineProperties(call as CompiledFunction, {
    stage: { value: compiled.stages ? (inputs: Inputs) => compiled.stage(inputs) : undefined },
    profile: { value: (inputs: Inputs) => compiled.profile(inputs) },
    readState: { value: (names?: readonly string[]) => compiled.readState(names) },
    writeState: { value: (values: Record<string, HostTensor | LazyTensor>) => compiled.writeState(values) },
    compilations: { get: () => compiled.compilations },
    dispose: { value: () => compiled.dispose() },
  });
}

/**
 * Operations that run side by side on a CPU. A training step has two independent strands nearly everywhere (two masks,
 * an operand's gradient and its weight's), and two operations on half of the cores each wait for each other far less
 * than one on all.
 */
const CPU_LANES = 2;

/** Gets what TensorFlow noted about a run. */
type Watch = (metadata: Uint8Array, programs: readonly Program[], lengths: readonly number[]) => void;

/** A call that only needs to be run. */
interface PreparedCall {
  /** One for each device. */
  programs: readonly Program[];
  /** How many of the devices have a part of the batch of their own. */
  parts: number;
  /** Where samples were added, how many there were. */
  samples?: number | undefined;
  lengths: readonly number[];
  feeds: Feed[];
  /** Fulfilled when TensorFlow has let go of memory that was lent to it. */
  released: readonly Promise<void>[];
}

/** What one set of static shapes was compiled to. */
interface CompiledProgram {
  /** One for each device. */
  programs: readonly Program[];
  dynamic: DynamicLengths;
}

class Compiled {
  compilations = 0;
  /** How many calls' inputs were put into staging areas. */
  #staged = 0;
  readonly #context: CompileContext;
  readonly #fn: StepFunction;
  readonly #device: string;
  readonly #devices: readonly string[];
  readonly #precision: 'float32' | 'bfloat16';
  readonly #lanes: number;
  readonly #xla: boolean;
  readonly #hosts: JoinedHosts | undefined;
  readonly #fusedAttention: boolean;
  /** Under XLA: what keeps the number of sizes small. */
  readonly #fixedSizes = new FixedSizes();
  readonly #kernels: RegisteredKernels;
  readonly #builder: GraphBuilder;
  readonly #variables: Variables;
  /** The state of every device; {@link #variables} is the first. */
  readonly #replicas: readonly Variables[];
  readonly #session: Session;
  readonly #programs = new Map<string, Promise<CompiledProgram>>();
  readonly #batch: SharedBatch;
  readonly #dynamic: DynamicAxes | undefined;
  readonly #stateSpecs: Specs;
  #ready: Promise<void> | undefined;
  #initialState: Record<string, HostTensor | LazyTensor> | undefined;
  readonly #work = new WorkUnderWay();

  constructor(context: CompileContext, fn: StepFunction, options: CompileOptions) {
    const { state, device, dynamic, precision, xla, fusedAttention = false, hosts } = options;
    this.#context = context;
    this.#fn = hosts === undefined ? fn : scalarsOverHosts(fn);
    this.#hosts = hosts;
    this.#dynamic = dynamic;
    this.#precision = precision ?? 'float32';
    const task = hosts?.task ?? '';
    this.#devices = (options.devices ?? [device ?? '/device:CPU:0']).map((name) => `${task}${name}`);
    this.#device = this.#devices[0]!;
    this.#xla = xla ?? (hosts === undefined && this.#devices.length === 1 && this.#device.includes('GPU'));
    if (this.#xla && hosts !== undefined) {
      throw new Error(`XLA compiles for one process, not for ${hosts.count} hosts: leave out xla or hosts`);
    }
    if (this.#xla && this.#devices.length > 1) {
      throw new Error(`XLA compiles for one device, not for ${this.#devices.length}: leave out xla or devices`);
    }
    this.#fusedAttention = fusedAttention;
    if (fusedAttention && !(this.#xla && this.#device.includes('GPU'))) {
      const where = this.#xla ? `on ${this.#device}` : 'without XLA';
      throw new Error(`fused attention is cuDNN's, under XLA on a GPU, and this compiles ${where}: leave it out`);
    }
    this.#kernels = new RegisteredKernels(context.api, this.#device);
    this.#builder = new GraphBuilder(context.api);
    this.#replicas = this.#devices.map((device) => new Variables(context.api, this.#builder, device));
    this.#variables = this.#replicas[0]!;
    this.#stateSpecs = stateSpecs(state, invalid);
    for (const variables of this.#replicas) {
      for (const [name, spec] of Object.entries(this.#stateSpecs)) variables.declare(name, spec);
    }
    this.#initialState = state;
    this.#batch = new SharedBatch({
      devices: this.#devices.length,
      axes: fn.batchAxes,
      trace: (part) => this.#trace(part, this.#dynamicLengths(part), this.#replicasOf(this.#devices.length)),
      signature: (part) => this.#dynamicLengths(part).signature(part),
    });
    const { intraOpThreads, interOpThreads } = context.threads ?? {};
    const cores = intraOpThreads || hosts?.cores || availableParallelism();
    this.#lanes = this.#device.includes('CPU') && !this.#xla ? Math.min(interOpThreads || CPU_LANES, cores) : 1;
    const threads = { intraOpThreads: Math.max(1, Math.floor(cores / this.#lanes)), interOpThreads: this.#lanes };
    const cpuDevices = this.#devices.filter((device) => device.includes('CPU')).length;
    const { gpus, inTensorFloat32 } = context;
    const config = sessionConfig({ ...threads, cpuDevices, gpus, hosts: hosts?.index });
    // What is left in float32 of a bfloat16 step need not be exact.
    const runsWith = this.#precision === 'bfloat16' ? inTensorFloat32 : undefined;
    this.#session = new Session(context.api, this.#builder, config, hosts?.target, runsWith);
  }

  call(inputs: Inputs | StagedInputs, watch?: Watch): Promise<Record<string, HostTensor>> {
    return this.#untilDone(() => this.#call(inputs, watch));
  }

  /** Does what needs the session and the graph, which stay until it is done. */
  #untilDone<T>(work: () => Promise<T>): Promise<T> {
    return this.#work.do(work, () => new Error('the compiled function was disposed'));
  }

  async #call(inputs: Inputs | StagedInputs, watch?: Watch): Promise<Record<string, HostTensor>> {
    const { programs, parts, samples, lengths, feeds, released } = await this.#prepared(inputs);
    const withPart = programs.slice(0, parts);
    try {
      const fetches = withPart.flatMap((program) => [...program.fetches.values()]);
      const updates = programs.flatMap((program) => program.updates);
      const results = await this.#session.run(
        feeds,
        fetches,
        updates,
        watch && ((metadata) => watch(metadata, programs, lengths)),
      );
      const names = [...programs[0]!.fetches.keys()];
      const outputs = withPart.map(() => this.#outputs(names, results.splice(0, names.length)));
      return joinOutputs(outputs, samples);
    } finally {
      this.#delete(feeds);
      await Promise.all(released);
      trimHeap();
    }
  }

  /** Whether inputs may be staged. */
  get stages(): boolean {
    return this.#xla;
  }

  stage(inputs: Inputs): StagedInputs {
    const call = this.#untilDone(() => this.#onDevice(inputs));
    // Why it could not be done is for the call to say.
    call.catch(() => undefined);
    return new Staged(call, () => void call.then((staged) => this.#takeAway(staged)).catch(() => undefined));
  }

  #prepared(inputs: Inputs | StagedInputs): Promise<PreparedCall> {
    if (inputs instanceof Staged) return (inputs as Staged<Promise<PreparedCall>>).take();
    return this.#xla ? this.#onDevice(inputs as Inputs) : this.#prepare(inputs as Inputs);
  }

  async profile(inputs: Inputs): Promise<StepProfile> {
    const operations: OperationTime[] = [];
    const outputs = await this.call(inputs, (metadata, programs, lengths) => {
      const nodes = new Map(programs.flatMap((program) => [...program.nodes]));
      operations.push(...operationTimes(metadata, nodes, lengths));
    });
    return { outputs, operations, lanes: this.#lanes * this.#devices.length };
  }

  async #prepare(inputs: Inputs): Promise<PreparedCall> {
    const given = asTensors(inputs, invalid);
    this.#requireDynamicInputs(given);
    const tensors = this.#xla ? this.#padded(given) : given;
    const { parts, samples } = this.#batch.share(tensors);
    const specs = specsOf(parts[0]!);
    const { programs, dynamic } = await this.#program(specs, parts.length);
    const lengths = dynamic.measure(specs);
    const released: Promise<void>[] = [];
    const feeds = programs.flatMap((program, i) => this.#feeds(program, parts[i % parts.length]!, lengths, released));
    return { programs, parts: parts.length, samples, lengths, feeds, released };
  }

  /** A call whose inputs wait in the staging area, where there is one: all that is left to feed is where they are. */
  async #onDevice(inputs: Inputs): Promise<PreparedCall> {
    const call = await this.#prepare(inputs);
    const { staging } = call.programs[0]!;
    if (staging === undefined) return call;
    const number = BigInt64Array.of(BigInt(this.#staged++));
    const key = { output: staging.key, tensor: hostTensor(this.#context.api, DataType.INT64, [], number) };
    try {
      await this.#session.beside([key, ...call.feeds], [staging.put]);
    } catch (error) {
      this.#delete([key]);
      throw error;
    } finally {
      this.#delete(call.feeds);
    }
    return { ...call, feeds: [key] };
  }

  /** Frees what no call will get. */
  async #takeAway({ programs, feeds }: PreparedCall): Promise<void> {
    const { staging } = programs[0]!;
    try {
      if (staging !== undefined) await this.#session.beside(feeds, [staging.take]);
    } finally {
      this.#delete(feeds);
    }
  }

  #delete(feeds: readonly Feed[]): void {
    for (const { tensor } of feeds) this.#context.api.TF_DeleteTensor(tensor);
  }

  readState(names: readonly string[] = this.#variables.names): Promise<Record<string, HostTensor>> {
    return this.#untilDone(async () => {
      await this.#initialized();
      return this.#variables.read(this.#session, names);
    });
  }

  writeState(values: Record<string, HostTensor | LazyTensor>): Promise<void> {
    return this.#untilDone(async () => {
      stateSpecs(values, invalid);
      await this.#initialized();
      for (const variables of this.#replicas) await variables.write(this.#session, values);
    });
  }

  dispose(): void {
    this.#work.end(async () => {
      await this.#session.close();
      this.#builder.dispose();
    });
  }

  /** Copies the initial state to the device, once. */
  #initialized(): Promise<void> {
    this.#ready ??= (async () => {
      for (const variables of this.#replicas) await variables.write(this.#session, this.#initialState!);
      this.#initialState = undefined;
    })().then(collectGarbage);
    return this.#ready;
  }

  #dynamicLengths(specs: Specs): DynamicLengths {
    return new DynamicLengths(this.#xla ? {} : (this.#dynamic ?? defaultDynamicAxes(specs)));
  }

  #program(specs: Specs, parts: number): Promise<CompiledProgram> {
    const dynamic = this.#dynamicLengths(specs);
    const key = `${parts} ${dynamic.signature(specs)}`;
    let compiled = this.#programs.get(key);
    if (compiled === undefined) {
      compiled = this.#compile(specs, dynamic, parts);
      this.#programs.set(key, compiled);
      // What could not be compiled is tried again, so that every call says why.
      compiled.catch(() => this.#programs.delete(key));
    }
    return compiled;
  }

  /** @throws TensorFlowError where `dynamic` names an input that is not there: a slip that only costs compilations */
  #requireDynamicInputs(inputs: Record<string, HostTensor>): void {
    for (const name of Object.keys(this.#dynamic ?? {})) {
      if (name in inputs) continue;
      const given = Object.keys(inputs).map((input) => `'${input}'`);
      const found = given.length === 0 ? 'none is given' : `those given are ${given.join(', ')}`;
      throw new TensorFlowError(
        'invalid-argument',
        `dynamic names axes of input '${name}', which is not there: ${found}`,
      );
    }
  }

  /** Inputs as XLA gets them. */
  #padded(tensors: Record<string, HostTensor>): Record<string, HostTensor> {
    const dynamic = this.#dynamic ?? defaultDynamicAxes(specsOf(tensors));
    return this.#fixedSizes.pad(tensors, dynamic, (padded) => this.#trace(padded, new DynamicLengths({})));
  }

  async #compile(inputs: Specs, dynamic: DynamicLengths, parts: number): Promise<CompiledProgram> {
    const { api } = this.#context;
    const graph = lowerTrace(this.#trace(inputs, dynamic, this.#replicasOf(parts)), {
      precision: this.#precision,
      xla: this.#xla,
      fusedAttention: this.#fusedAttention,
      likelyLengths: dynamic.measure(inputs),
      // XLA has neither oneDNN's operations nor TensorFlow's fused ones, and needs none.
      hasKernel: (op, dtype, label) => !this.#xla && this.#kernels.has(op, dtype, label),
      nativeBfloat16: this.#xla || !this.#device.includes('CPU') || multipliesBfloat16(),
      tiles: !this.#xla && this.#device.includes('CPU') && multipliesTiles(),
      isStateful: (op) => this.#builder.definition(op).isStateful,
      inPlace: true,
    });
    if (!this.#xla) schedule(graph, { lanes: this.#lanes, likelyLengths: dynamic.measure(inputs) });
    // TensorFlow copies the whole graph for every set of operations it is asked to run: the state is written while the
    // graph is small.
    await this.#initialized();
    const prefix = `step${this.compilations++}`;
    if (this.#xla) {
      warnOfManySizes(this.compilations);
      const program = emitXlaProgram(api, this.#builder, this.#variables, graph, { prefix, device: this.#device });
      return { programs: [program], dynamic };
    }
    const replicas = this.#replicas.map((variables, i) => {
      return { variables, device: this.#devices[i]!, prefix: i === 0 ? prefix : `${prefix}/replica${i}` };
    });
    return { programs: emitReplicas(api, this.#builder, graph, replicas, { parts, hosts: this.#hosts }), dynamic };
  }

  /** Among how many a batch is shared of which this host has so many parts; undefined where one device has it all. */
  #replicasOf(parts: number): number | undefined {
    return this.#devices.length > 1 || this.#hosts !== undefined ? parts * (this.#hosts?.count ?? 1) : undefined;
  }

  #trace(inputs: Specs, dynamic: DynamicLengths, replicas?: number): Trace {
    const shapes = new LibraryShapes(this.#context.api);
    return traceStep(
      this.#fn,
      { state: this.#stateSpecs, inputs },
      { dynamic, shapes, replicas, acrossHosts: this.#hosts !== undefined },
    );
  }

  /**
   * Bytes in shared memory, a loader's batch, are lent: the graph begins with their conversion to floats, so that neither
   * the state nor an output can hold on to them. `released` gets a promise for each.
   */
  #feeds(
    program: Program,
    inputs: Record<string, HostTensor>,
    lengths: readonly number[],
    released: Promise<void>[],
  ): Feed[] {
    const { api } = this.#context;
    const feeds: Feed[] = [];
    for (const [name, output] of program.feeds) {
      const { shape, data } = inputs[name]!;
      if (data instanceof Uint8Array && isLendable(data)) {
        const lent = lendTensor(api, DataType.UINT8, shape, data);
        released.push(lent.released);
        feeds.push({ output, tensor: lent.tensor });
      } else feeds.push({ output, tensor: hostTensor(api, dataTypeOf(data), shape, data) });
    }
    for (const { expression, dtype, output } of program.lengthFeeds) {
      const elements = encodeElements(dtype, [expression.evaluate(lengths)]);
      feeds.push({ output, tensor: hostTensor(api, dtype, [], elements) });
    }
    return feeds;
  }

  #outputs(names: readonly string[], tensors: readonly Pointer[]): Record<string, HostTensor> {
    const { api } = this.#context;
    const outputs: Record<string, HostTensor> = {};
    for (const [i, tensor] of tensors.entries()) {
      const { dtype, shape, bytes } = readTensor(api, tensor);
      outputs[names[i]!] = toHostTensor(dtype, shape, bytes);
      api.TF_DeleteTensor(tensor);
    }
    return outputs;
  }
}

/** An operation of a step, as a device's kernel for it is looked for. */
export interface LoweredOperation {
  op: string;
  /** Its attributes that are element types, by name: `{ T: 1 }` for float32 (TensorFlow's types.proto). */
  types: Record<string, number>;
}

/** What a function is made into for a device that need not be there. */
export interface LowerOptions {
  state: Record<string, HostTensor | LazyTensor>;
  inputs: Inputs;
  precision?: 'float32' | 'bfloat16' | undefined;
  /** See {@link CompileOptions.xla}. Default: false. */
  xla?: boolean | undefined;
  /** See {@link CompileOptions.fusedAttention}. Default: false. */
  fusedAttention?: boolean | undefined;
  /** For one of so many devices that share the batch: what they exchange is an operation `AcrossReplicas`. Default: 1. */
  devices?: number | undefined;
  /** Whether the device has a kernel for an operation, where there is a choice. Default: no. */
  hasKernel?(op: string, dtype: number): boolean;
}

/** The operations that a function would be compiled to for a device that multiplies bfloat16, without running any. */
export function lower(context: CompileContext, fn: StepFunction, options: LowerOptions): LoweredOperation[] {
  const { precision = 'float32', xla = false, devices = 1, fusedAttention = false, hasKernel = () => false } = options;
  const inputs = specsOf(asTensors(options.inputs, invalid));
  const dynamic = new DynamicLengths(xla ? {} : defaultDynamicAxes(inputs));
  const builder = new GraphBuilder(context.api);
  try {
    const state = stateSpecs(options.state, invalid);
    const shapes = new LibraryShapes(context.api);
    const replicas = devices > 1 ? devices : undefined;
    const trace = traceStep(fn, { state, inputs }, { dynamic, shapes, replicas });
    const { nodes } = lowerTrace(trace, {
      ...{ precision, xla, fusedAttention, nativeBfloat16: true, likelyLengths: dynamic.measure(inputs) },
      hasKernel: (op, dtype, label = '') => label === '' && !xla && hasKernel(op, dtype),
      isStateful: (op) => builder.definition(op).isStateful,
      inPlace: true,
    });
    return nodes
      .filter(({ op }) => !NOT_OPERATIONS.has(op))
      .map(({ op, attributes }) => ({
        op,
        types: Object.fromEntries(
          Object.entries(attributes).flatMap(([name, { kind, value }]) => (kind === 'type' ? [[name, value]] : [])),
        ),
      }));
  } finally {
    builder.dispose();
  }
}

/** What stands for the state and the inputs in a lowered graph. */
const NOT_OPERATIONS = new Set(['State', 'Feed', 'Handle', 'Const']);

const invalid = (message: string) => new TensorFlowError('invalid-argument', message);
