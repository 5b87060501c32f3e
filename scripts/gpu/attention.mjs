// cuDNN's fused attention beside the batched products it takes the place of, on a GPU: how far apart, how fast. Prints one
// JSON line.
//
//   node attention.mjs '{"batch":8,"tokens":1568,"heads":16,"width":64,"steps":10}'
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { loadTensorFlow } = await import(pathToFileURL(`${root}packages/tensorflow/dist/index.js`).href);
const tf = createRequire(`${root}packages/tensorflow/package.json`)('@tensorflow/tfjs-core');
const { batch, tokens, heads, width, steps } = JSON.parse(process.argv[2]);

const runtime = await loadTensorFlow({ device: 'gpu' });
const kernel = (name, inputs) => {
  const result = tf.engine().runKernel(name, inputs, { numHeads: heads });
  return Array.isArray(result) ? result[0] : result;
};
let seed = 1;
const random = (shape, scale) => {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < data.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    data[i] = scale * (seed / 2 ** 31 - 1);
  }
  return { shape, data };
};
const qkv = random([batch, tokens, 3 * heads * width], 2);
const dy = random([batch, tokens, heads * width], 1);
// Padding between tokens, as the predictor has it.
const present = { shape: [tokens], data: Float32Array.from({ length: tokens }, (_, i) => (i % 7 === 3 ? 0 : 1)) };

/** The results, and the median time of a call whose results are two numbers. */
async function attend(fusedAttention, padded) {
  const piece = ({ qkv, dy, present }) => {
    const given = padded ? { qkv, present } : { qkv };
    const y = kernel('VjepaAttention', given);
    return { y, gradient: kernel('VjepaAttentionGrad', { ...given, y, dy }) };
  };
  const options = { state: {}, precision: 'bfloat16', fusedAttention };
  const whole = runtime.compile((_state, inputs) => ({ state: {}, outputs: piece(inputs) }), options);
  const results = await whole({ qkv, dy, present });
  whole.dispose();
  const state = { qkv, dy };
  const timed = runtime.compile(
    (given, { present }) => {
      const { y, gradient } = piece({ ...given, present });
      return { state: given, outputs: { a: tf.sum(y), b: tf.sum(gradient) } };
    },
    { ...options, state },
  );
  const seconds = [];
  for (let i = 0; i < steps + 2; i++) {
    const begun = performance.now();
    await timed({ present });
    seconds.push((performance.now() - begun) / 1000);
  }
  timed.dispose();
  return { ...results, seconds: seconds.slice(2).sort((a, b) => a - b)[steps >> 1] };
}

/** |a - b| / |b|, Euclidean. */
function distance({ data: a }, { data: b }) {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

const result = {};
for (const padded of [false, true]) {
  const batched = await attend(false, padded);
  const fused = await attend(true, padded);
  result[padded ? 'padded' : 'whole'] = {
    forward: distance(fused.y, batched.y),
    backward: distance(fused.gradient, batched.gradient),
    batched_seconds: batched.seconds,
    fused_seconds: fused.seconds,
  };
}
console.log(JSON.stringify(result));
process.exit(0);
