import type { HostTensor } from '@vjepa/engine';
import { type BatchAxes, isPerSample, padBatch, samplesOf, splitInputs } from './batch-parts.js';
import { specsOf } from './step-specs.js';
import type { Specs, Trace } from './trace-function.js';

/** What devices share, and how it is found out what a step makes of a part. */
interface SharedBatchOptions {
  /** How many devices there are. */
  devices: number;
  /** Where samples lie. Default: along the first axis of inputs of rank 1 or more. */
  axes?: BatchAxes | undefined;
  /** Of a step on a part, as one of so many devices gets it. */
  trace: (part: Specs) => Trace;
  /** What parts of which the step makes the same have in common. */
  signature: (part: Specs) => string;
}

/** The inputs of each device. */
export interface BatchParts {
  /** What was cut: the inputs, filled up where they had to be. */
  whole: Record<string, HostTensor>;
  /** Of each device that has a part of its own: the others take the parts again, in order. */
  parts: Record<string, HostTensor>[];
  /** Where samples were added, how many there were. */
  samples?: number | undefined;
}

/**
 * A batch that devices share in equal parts. One that cannot be cut into as many is filled up where the step gives one
 * row for each sample and nothing else, whose rows are left out again. Otherwise it is cut into the most equal parts that
 * serve all devices alike, their greatest common divisor, and the devices without a part of their own do the same again.
 */
export class SharedBatch {
  readonly #options: SharedBatchOptions;
  /** Whether samples may be added to a batch, by the sizes of a part. */
  readonly #perSample = new Map<string, boolean>();

  constructor(options: SharedBatchOptions) {
    this.#options = options;
  }

  /** @throws Error where inputs do not agree on the number of samples */
  share(inputs: Record<string, HostTensor>): BatchParts {
    const { devices, axes } = this.#options;
    if (devices === 1) return { whole: inputs, parts: [inputs] };
    const samples = samplesOf(inputs, axes);
    const inParts = (whole: Record<string, HostTensor>, count: number) => {
      return { whole, parts: splitInputs(whole, count, axes) };
    };
    if (samples === undefined || samples % devices === 0) return inParts(inputs, devices);
    const size = Math.ceil(samples / devices);
    const filled = inParts(padBatch(inputs, size * devices, axes), devices);
    if (this.#isPerSample(specsOf(filled.parts[0]!), size)) return { ...filled, samples };
    return inParts(inputs, greatestCommonDivisor(samples, devices));
  }

  #isPerSample(part: Specs, samples: number): boolean {
    const { trace, signature } = this.#options;
    const key = signature(part);
    let perSample = this.#perSample.get(key);
    if (perSample === undefined) {
      perSample = isPerSample(trace(part), samples);
      this.#perSample.set(key, perSample);
    }
    return perSample;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
