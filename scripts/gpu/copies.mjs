// What it takes to bring a batch of clips to a GPU, from shared memory and from memory of its own, and what is left of it in
// a step whose inputs were staged while the one before ran. Prints one JSON line.
//
//   node copies.mjs '{"batch":24,"crop":224,"frames":16,"steps":20,"products":16}'
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { loadTensorFlow } = await import(pathToFileURL(`${root}packages/tensorflow/dist/index.js`).href);
const tf = createRequire(`${root}packages/tensorflow/package.json`)('@tensorflow/tfjs-core');
const { batch, crop, frames, steps, products } = JSON.parse(process.argv[2]);

const runtime = await loadTensorFlow({ device: 'gpu' });
const shape = [batch, frames, crop, crop, 3];
const bytes = shape.reduce((product, size) => product * size, 1);
const clips = (buffer) => ({ shape, data: new Uint8Array(buffer) });

/**
 * Seconds of a call that reads its input and makes some products of large matrices.
 *
 * @param ahead stage each call's inputs while the one before runs
 */
async function median(inputs, { products = 0, ahead = false } = {}) {
  const side = 4096;
  const state = products > 0 ? { w: { shape: [side, side], data: new Float32Array(side * side) } } : {};
  const step = runtime.compile(
    ({ w }, { x }) => {
      const sum = tf.sum(tf.cast(x, 'float32'));
      let y = w && tf.add(w, sum);
      for (let i = 0; i < products; i++) y = tf.matMul(y, w);
      return { state: {}, outputs: { sum: y ? tf.add(sum, tf.sum(y)) : sum } };
    },
    { state },
  );
  const seconds = [];
  let next = ahead ? step.stage(inputs) : inputs;
  for (let i = 0; i < steps + 2; i++) {
    const begun = performance.now();
    const current = next;
    if (ahead) next = step.stage(inputs);
    await step(current);
    seconds.push((performance.now() - begun) / 1000);
  }
  step.dispose();
  return seconds.slice(2).sort((a, b) => a - b)[steps >> 1];
}

const nothing = await median({ x: { shape: [1], data: new Uint8Array(1) } });
const shared = await median({ x: clips(new SharedArrayBuffer(bytes)) });
const own = await median({ x: clips(new ArrayBuffer(bytes)) });
const work = await median({ x: { shape: [1], data: new Uint8Array(1) } }, { products });
const before = await median({ x: clips(new SharedArrayBuffer(bytes)) }, { products });
const ahead = await median({ x: clips(new SharedArrayBuffer(bytes)) }, { products, ahead: true });
console.log(
  JSON.stringify({
    megabytes: bytes / 1e6,
    call_seconds: nothing,
    shared_seconds: shared - nothing,
    own_seconds: own - nothing,
    gigabytes_per_second: bytes / 1e9 / (shared - nothing),
    step_seconds: work,
    step_with_clips_seconds: before,
    step_with_clips_staged_seconds: ahead,
  }),
);
process.exit(0);
