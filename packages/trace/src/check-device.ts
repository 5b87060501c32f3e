import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction } from '@vjepa/engine';

/** What compiles steps. */
interface Compiler {
  compile(step: StepFunction, options: { state: Record<string, HostTensor> }): CheckedStep;
}

interface CheckedStep {
  (inputs: Record<string, never>): Promise<Record<string, HostTensor>>;
  dispose(): void;
}

/** What a small training step gave on the device that compiled steps run on. */
export interface DeviceCheck {
  seconds: number;
  /** Of two steps. */
  losses: [number, number];
  /** Whether they are what they must be. */
  correct: boolean;
}

/**
 * Compiles and runs a product with its gradient, and checks the result.
 *
 * @throws what the engine does when it cannot be compiled or run
 */
export async function checkDevice(runtime: Compiler): Promise<DeviceCheck> {
  const begun = performance.now();
  const step = runtime.compile(
    (state) => {
      const loss = (w: tf.Tensor) => tf.sum(tf.square(tf.matMul(tf.ones([64, 64]), w as tf.Tensor2D))) as tf.Scalar;
      const { grad, value } = tf.valueAndGrad(loss)(state.w!);
      return { state: { w: tf.sub(state.w!, tf.mul(grad, 1 / 8192)) }, outputs: { loss: value } };
    },
    { state: { w: { shape: [64, 64], data: new Float32Array(4096).fill(1) } } },
  );
  try {
    const losses: [number, number] = [Number((await step({})).loss!.data[0]), Number((await step({})).loss!.data[0])];
    // 64 x 64 elements of 64^2; the update takes each weight to 1 - 2 * 64 * 64 / 8192 = 0.
    const correct = losses[0] === 64 ** 4 && losses[1] === 0;
    return { seconds: (performance.now() - begun) / 1000, losses, correct };
  } finally {
    step.dispose();
  }
}
