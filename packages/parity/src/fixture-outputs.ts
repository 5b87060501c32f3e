import type * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction } from '@vjepa/engine';
import type { Parameters } from '@vjepa/vit';
import { type Comparison, compareOnAverage, compareTensor, tolerance } from './comparison.js';
import type { FixtureTensor, FixtureTensors } from './fixture.js';
import type { ParityEngine } from './parity-engine.js';

/** The fixture's tensors whose names start so, by the rest of their names. */
export function tensorsWithPrefix(tensors: FixtureTensors, prefix: string): Record<string, FixtureTensor> {
  return Object.fromEntries(tensors.startingWith(prefix).map(([name, rest]) => [rest, tensors(name)]));
}

/** The parameters whose names start so, by the rest of their names. */
export function parametersBelow(parameters: Parameters, prefix: string): Parameters {
  const own = Object.entries(parameters).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** A tensor's values in a row: as inputs of compiled steps, whose masks may change their lengths, want those of one length. */
export function inARow(tensor: FixtureTensor): FixtureTensor {
  return { ...tensor, shape: [tensor.data.length] };
}

/**
 * Runs a model once and compares what it gives with the fixture's tensors `<prefix><name of the output>`: on average where
 * products are in bfloat16, else element by element.
 *
 * @param forward gives the outputs by name from the parameters and the inputs
 */
export async function compareOutputs(
  engine: ParityEngine,
  tensors: FixtureTensors,
  parameters: Record<string, FixtureTensor>,
  { prefix, inputs, within }: { prefix: string; inputs: Record<string, FixtureTensor>; within: number },
  forward: (parameters: Parameters, inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
): Promise<Comparison[]> {
  const step: StepFunction<Parameters, Record<string, tf.Tensor>, Record<string, tf.Tensor>> = (state, given) => ({
    state: {},
    outputs: forward(state, given),
  });
  const run = engine.bind(step, parameters);
  try {
    const outputs: Record<string, HostTensor> = await run(inputs);
    return Object.entries(outputs).map(([name, { shape, data }]) => {
      const values = { shape, data: data as Float32Array };
      return engine.precision === 'bfloat16'
        ? compareOnAverage(prefix + name, values, tensors(prefix + name), tolerance.bfloat16Features)
        : compareTensor(prefix + name, values, tensors(prefix + name), within);
    });
  } finally {
    run.dispose();
  }
}
