import type { HostTensor, StepFunction } from '@vjepa/engine';
import {
  asTensors,
  type BatchParts,
  batchAxis,
  type DynamicAxes,
  DynamicLengths,
  defaultDynamicAxes,
  FixedSizes,
  type LazyTensor,
  SharedBatch,
  type Specs,
  shapeRules,
  specsOf,
  stateSpecs,
  type Trace,
  traceStep,
} from '@vjepa/trace';
import { type AttentionChoice, attentionForms, chooseAttention } from './attention-choice.js';
import type { DeviceDescription } from './pjrt/device.js';
import { lowerStep } from './stablehlo/lower-step.js';
import type { Sharding } from './stablehlo/sharding.js';
import { type StepProgram, writeProgram } from './stablehlo/write-program.js';
import { XlaError } from './xla-error.js';

/** What a step is called with, by name; a number stands for a scalar. */
export type StepInputs = Readonly<Record<string, HostTensor | number>>;

/** State, precision and changing lengths of a compiled step. */
export interface StepOptions {
  /**
   * Initial values of the state. They are copied to the device when the step is first called, lazy ones one by one;
   * after that the step holds no reference to them.
   */
  state: Record<string, HostTensor | LazyTensor>;
  /** Operands of matrix products; everything else is float32. Default: float32. */
  precision?: 'float32' | 'bfloat16' | undefined;
  /** Whether the device may round the operands of float32 products to TF32. Default: false; bfloat16 steps may. */
  tensorFloat32?: boolean | undefined;
  /**
   * Attention through cuDNN's fused kernels: `true` asks for it, an error where it cannot be had, and `false` forbids it.
   * Default: in bfloat16, on CUDA devices of compute capability 8.0 or newer, for heads whose width is a multiple of 8 up
   * to 128; composed of products elsewhere. {@link StepProgram.attention} says what it came to, and why.
   */
  fusedAttention?: boolean | undefined;
  /**
   * Several devices: whether each keeps its part of the parameters, averages and moments instead of all of them (ZeRO, Rajbhandari
   * et al. 2020; FSDP). Weights are gathered where they are used, gradients summed where they are kept. Default: false.
   */
  shardState?: boolean | undefined;
  /**
   * Axes of inputs whose lengths change from call to call: they are padded to few sizes where the step looks at the int32
   * scalars `<input>.length`, and each set of lengths is compiled where it does not. Default: all axes but the first of
   * int32 inputs of rank 2 or more (masks).
   */
  dynamic?: DynamicAxes | undefined;
}

/** Writes a step as programs in StableHLO, for one set of sizes after the other; no device is needed. */
export class StepWriter {
  /** Types and shapes of the state. */
  readonly state: Specs;
  readonly #fn: StepFunction;
  readonly #options: Omit<StepOptions, 'state'>;
  readonly #fixedSizes = new FixedSizes();
  readonly #devices: number;
  readonly #hosts: number;
  readonly #batch: SharedBatch;
  readonly #shardState: boolean;
  readonly #attention: AttentionChoice;

  /**
   * @param device that the programs are for
   * @param devices how many of them share this process's part of a batch
   * @param hosts processes with as many devices each that share the step, each fed its part of the batch
   * @param options.shardState whether each of them has its part of the state, instead of all of it
   * @throws XlaError `invalid-argument` if some of the state is no tensor, or fused attention is asked for that the device
   *   does not have
   */
  constructor(
    fn: StepFunction,
    { state, shardState = false, ...options }: StepOptions,
    {
      device,
      devices = 1,
      hosts = 1,
    }: { device?: DeviceDescription | undefined; devices?: number | undefined; hosts?: number | undefined } = {},
  ) {
    this.state = stateSpecs(state, invalid);
    this.#fn = fn;
    this.#options = options;
    this.#devices = devices;
    this.#hosts = hosts;
    this.#attention = chooseAttention(options, device);
    this.#shardState = shardState;
    this.#batch = new SharedBatch({
      devices,
      axes: fn.batchAxes,
      // Of a part, in which it shows where samples are told of each other.
      trace: (part) => this.#trace(part, devices * hosts),
      signature: JSON.stringify,
    });
  }

  /**
   * What the devices are fed: numbers as scalars, what changes its length padded to one of few sizes, and of the
   * batch a part.
   *
   * @throws XlaError `invalid-argument` if an input is no tensor; Error where inputs do not agree on the number of samples
   */
  parts(inputs: StepInputs): BatchParts {
    const tensors = asTensors(inputs, invalid);
    const dynamic = this.#options.dynamic ?? defaultDynamicAxes(specsOf(tensors));
    return this.#batch.share(this.#fixedSizes.pad(tensors, dynamic, (whole) => this.#trace(whole)));
  }

  /**
   * @param inputs what this process's devices together are fed; those of other hosts are fed as much
   * @param parts in how many parts these devices have it
   * @throws TraceError for what has no translation, with the operation and the line; XlaError `invalid-argument` where
   *   fused attention is asked for and a shape speaks against it
   */
  write(inputs: Specs, parts: number): StepProgram {
    const { precision = 'float32', fusedAttention, tensorFloat32 = false } = this.#options;
    const mesh = { parts: parts * this.#hosts, copies: this.#devices / parts, hosts: this.#hosts };
    const whole = this.#ofAllHosts(inputs);
    const graph = lowerStep(this.#trace(whole), precision, this.#attention.fused, mesh.parts);
    const attention = attentionForms(graph.attention, this.#attention, fusedAttention);
    const precise = precision === 'float32' && !tensorFloat32;
    if (this.#devices * this.#hosts === 1) return { ...writeProgram(graph, { precise }), attention };
    const shardingOf = (kind: 'state' | 'input', name: string, shape: readonly number[]) =>
      kind === 'state' ? this.stateSharding(name) : this.#inputSharding(name, shape);
    return {
      ...writeProgram(graph, { precise, shared: { mesh, samples: this.#samplesOf(whole), shardingOf } }),
      attention,
    };
  }

  /** What the hosts together are fed: of what is cut as much of each. */
  #ofAllHosts(inputs: Specs): Specs {
    if (this.#hosts === 1) return inputs;
    const whole = Object.entries(inputs).map(([name, spec]) => {
      const shape = spec.shape as readonly number[];
      const axis = batchAxis(name, shape, this.#fn.batchAxes ?? {});
      return [name, { ...spec, shape: shape.map((size, i) => (i === axis ? size * this.#hosts : size)) }] as const;
    });
    return Object.fromEntries(whole);
  }

  #samplesOf(inputs: Specs): number | undefined {
    for (const [name, { shape }] of Object.entries(inputs)) {
      const axis = batchAxis(name, shape as readonly number[], this.#fn.batchAxes ?? {});
      if (axis !== undefined) return shape[axis] as number;
    }
    return undefined;
  }

  /** How devices have a tensor of the state, whatever they are fed: in parts on the devices of each host, which has all of it. */
  stateSharding(name: string): Sharding | undefined {
    const spec = this.state[name];
    if (!this.#shardState || this.#devices === 1 || spec === undefined) return undefined;
    return shardingOfState(spec.shape as readonly number[], this.#devices);
  }

  #inputSharding(name: string, shape: readonly number[]): Sharding | undefined {
    const axis = batchAxis(name, shape, this.#fn.batchAxes ?? {});
    return axis === undefined ? undefined : { axis, over: 'parts' };
  }

  /** @param replicas as many devices, each of which would be fed such inputs */
  #trace(inputs: Specs, replicas = 1): Trace {
    const options = { dynamic: new DynamicLengths({}), shapes: shapeRules, ...(replicas > 1 && { replicas }) };
    return traceStep(this.#fn, { state: this.state, inputs }, options);
  }
}

/** Vectors, which are small, are whole on every device, as is what cannot be cut evenly. */
function shardingOfState(shape: readonly number[], devices: number): Sharding | undefined {
  const axis = shape.length < 2 ? -1 : shape.findIndex((size) => size > 0 && size % devices === 0);
  return axis === -1 ? undefined : { axis, over: 'devices' };
}

/**
 * The program that a step is for such inputs, in StableHLO: for a {@link Topology} of devices that are not there, or for
 * another of XLA's compilers. Nothing of XLA's needs to be installed.
 *
 * @param options.device what it is for, one of a topology's: whether attention is fused depends on it
 * @param options.devices how many share the batch and the program, by the shardings it bears (Shardy's). Default: 1
 * @throws TraceError for what has no translation, with the operation and the line; XlaError if an input is no tensor
 */
export function stepProgram(
  fn: StepFunction,
  {
    device,
    devices = 1,
    ...options
  }: StepOptions & { device?: DeviceDescription | undefined; devices?: number | undefined },
  inputs: StepInputs,
): StepProgram {
  const writer = new StepWriter(fn, options, { device, devices });
  const { whole, parts } = writer.parts(inputs);
  return writer.write(specsOf(whole), parts.length);
}

/** What is wrong with what was given. */
export const invalid = (message: string) => new XlaError('invalid-argument', message);
