// A training step of your own: a small network learns which points lie within a ring. The step is one pure function of
// tensors; the engine compiles it whole, optimiser and all, where TensorFlow is installed.
//
//   node own-step.js

import * as tf from '@tensorflow/tfjs-core';
import { openEngine, putBelow, scalarOf, takeBranch } from '@vjepa/engine';
import { initialMoments, learningRateSchedule, optimize, valueAndGradients } from '@vjepa/optim';

/** Some 200 points on a spiral, and 1 for those whose distance from the middle is between 0.4 and 0.8. */
const points = Array.from({ length: 200 }, (_, i) => [(i / 200) * Math.cos(i), (i / 200) * Math.sin(i)]);
const x = { shape: [200, 2], data: Float32Array.from(points.flat()) };
const y = {
  shape: [200, 1],
  data: Float32Array.from(points, ([a, b]) => (Math.abs(Math.hypot(a, b) - 0.6) < 0.2 ? 1 : 0)),
};

const wave = (length = 0) => Float32Array.from({ length }, (_, i) => Math.sin(2.3 * i * i + i));
const parameters = {
  w1: { shape: [2, 32], data: wave(64) },
  b1: { shape: [32], data: wave(32) },
  w2: { shape: [32, 1], data: wave(32) },
};
const { expAvg, expAvgSq } = initialMoments(parameters);
const rate = learningRateSchedule({ start: 0, reference: 0.05, final: 0 }, { warmupSteps: 20, horizon: 300 });

const engine = await openEngine();
const train = engine.bind(
  (state, { x, y, learningRate, step }) => {
    const parameters = takeBranch(state, 'parameters');
    const { outputs, gradients } = valueAndGradients(() => {
      const hidden = tf.tanh(tf.add(tf.matMul(x, parameters.w1), parameters.b1));
      const logits = tf.matMul(hidden, parameters.w2);
      return { loss: tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, y))) };
    }, parameters);
    const moments = { expAvg: takeBranch(state, 'expAvg'), expAvgSq: takeBranch(state, 'expAvgSq') };
    const schedule = { learningRate, weightDecay: tf.scalar(0.01), step };
    const { norm, ...next } = optimize({ parameters, ...moments }, gradients, schedule);
    const branches = Object.entries(next).map(([name, branch]) => putBelow(name, branch));
    return { state: Object.assign({}, ...branches), outputs: { ...outputs, norm } };
  },
  { ...putBelow('parameters', parameters), ...putBelow('expAvg', expAvg), ...putBelow('expAvgSq', expAvgSq) },
);
console.log(engine.description);
for (let step = 1; step <= 300; step++) {
  const { loss, norm } = await train({ x, y, learningRate: rate(step), step });
  if (step % 60 === 0)
    console.log(`step ${step}: loss ${scalarOf(loss).toFixed(3)}, gradient ${scalarOf(norm).toFixed(3)}`);
}
train.dispose();
