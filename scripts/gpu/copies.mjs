// What it takes to bring a batch of clips to a GPU, from shared memory and from memory of its own. Prints one JSON line.
//
//   node copies.mjs '{"batch":24,"crop":224,"frames":16,"steps":20}'
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { loadTensorFlow } = await import(pathToFileURL(`${root}packages/tensorflow/dist/index.js`).href);
const tf = createRequire(`${root}packages/tensorflow/package.json`)('@tensorflow/tfjs-core');
const { batch, crop, frames, steps } = JSON.parse(process.argv[2]);

const runtime = await loadTensorFlow({ device: 'gpu' });
const shape = [batch, frames, crop, crop, 3];
const bytes = shape.reduce((product, size) => product * size, 1);
const clips = (buffer) => ({ shape, data: new Uint8Array(buffer) });

/** Seconds of a call whose only work is its input. */
async function median(inputs) {
  const step = runtime.compile((_state, { x }) => ({ state: {}, outputs: { sum: tf.sum(tf.cast(x, 'float32')) } }), {
    state: {},
  });
  const seconds = [];
  for (let i = 0; i < steps + 2; i++) {
    const begun = performance.now();
    await step(inputs);
    seconds.push((performance.now() - begun) / 1000);
  }
  step.dispose();
  return seconds.slice(2).sort((a, b) => a - b)[steps >> 1];
}

const nothing = await median({ x: { shape: [1], data: new Uint8Array(1) } });
const shared = await median({ x: clips(new SharedArrayBuffer(bytes)) });
const own = await median({ x: clips(new ArrayBuffer(bytes)) });
console.log(
  JSON.stringify({
    megabytes: bytes / 1e6,
    call_seconds: nothing,
    shared_seconds: shared - nothing,
    own_seconds: own - nothing,
    gigabytes_per_second: bytes / 1e9 / (shared - nothing),
  }),
);
process.exit(0);
