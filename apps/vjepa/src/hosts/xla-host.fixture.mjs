// One of two processes whose GPUs share a step of XLA's: node xla-host.fixture.mjs. What it found is its only line.
import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '@vjepa/engine';
import { hostPlace, joinHosts } from '@vjepa/hosts';

const hosts = await joinHosts(hostPlace());
const engine = await openEngine({ backend: 'xla', devices: 'all', hosts });
const step = (state, { x }) => {
  const { value, grad } = tf.valueAndGrad((w) => tf.mean(tf.square(tf.matMul(x, w))))(state.w);
  return { state: { w: tf.sub(state.w, grad) }, outputs: { loss: value } };
};
const state = { w: { shape: [4, 4], data: new Float32Array(16) } };
const x = { shape: [8, 4], data: new Float32Array(32) };
const shared = engine.bind(step, state);
const refusal = await shared({ x }).then(
  () => 'it ran',
  (error) => error.message,
);
const alone = await engine.alone.bind(step, state)({ x });
const { description, devices, hosts: of } = engine;
const gathered = [...(await of.gatherFloats(Float32Array.of(of.index, 7)))];
const { text } = shared.flat.program({ x });
console.log(
  JSON.stringify({ description, devices, own: engine.alone.devices, gathered, text, refusal, alone: alone.loss.shape }),
);
await hosts.leave();
process.exit(0);
