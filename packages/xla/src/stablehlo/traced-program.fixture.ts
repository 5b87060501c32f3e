import type { HostTensor, TensorRecord } from '@vjepa/engine';
import { DynamicLengths, shapeRules, specsOf, traceStep } from '@vjepa/trace';
import { lowerStep } from './lower-step.js';
import { type StepProgram, writeProgram } from './write-program.js';

/** What a function is written as, state and inputs by name. */
export function programOf(
  fn: (state: TensorRecord, inputs: TensorRecord) => { state: TensorRecord; outputs: TensorRecord },
  { state = {}, inputs = {} }: { state?: Record<string, HostTensor>; inputs?: Readonly<Record<string, HostTensor>> },
  precision: 'float32' | 'bfloat16' = 'float32',
): StepProgram {
  const dynamic = new DynamicLengths({});
  const trace = traceStep(fn, { state: specsOf(state), inputs: specsOf(inputs) }, { dynamic, shapes: shapeRules });
  return writeProgram(lowerStep(trace, precision));
}
