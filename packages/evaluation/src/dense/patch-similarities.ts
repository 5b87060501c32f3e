import * as tf from '@tensorflow/tfjs-core';
import type { Engine, StepFunction } from '@vjepa/engine';

/** Compares the patches of frames with each other. */
export interface PatchComparer {
  /**
   * @param query [N, D], rows of length 1, like `context`
   * @returns [N, N]: the cosine similarity of each patch of the first (row) with each of the second
   */
  compare(query: Float32Array, context: Float32Array, width: number): Promise<Float32Array>;
  dispose(): void;
}

type Compared = { query: tf.Tensor; context: tf.Tensor };

/** A comparison bound to an engine. */
export function patchComparer(engine: Engine): PatchComparer {
  const step: StepFunction<Record<never, never>, Compared, { similarities: tf.Tensor }> = (_, { query, context }) => {
    const similarities: tf.Tensor = tf.matMul(query as tf.Tensor2D, context as tf.Tensor2D, false, true);
    return { state: {}, outputs: { similarities } };
  };
  // Devices that share the work have a part of the rows each.
  const shared = Object.assign(step, { batchAxes: { context: 'whole' } as const });
  const run = engine.bind(shared, {});
  return {
    async compare(query, context, width) {
      const rows = query.length / width;
      const shape = [Math.ceil(rows / engine.devices) * engine.devices, width];
      const padded = new Float32Array(shape[0]! * width);
      padded.set(query);
      const inputs = {
        query: { shape, data: padded },
        context: { shape: [context.length / width, width], data: context },
      };
      const { similarities } = await run(inputs);
      return (similarities.data as Float32Array).subarray(0, (rows * context.length) / width);
    },
    dispose: () => run.dispose(),
  };
}

/** Rows of a matrix, each divided by its length: [N, D]. */
export function normalizedRows(rows: Float32Array, width: number): Float32Array {
  const normalized = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    let squares = 0;
    for (let i = start; i < start + width; i++) squares += rows[i]! ** 2;
    const length = Math.sqrt(squares) || 1;
    for (let i = start; i < start + width; i++) normalized[i] = rows[i]! / length;
  }
  return normalized;
}
