// What rotary positions cost: an encoder of V-JEPA 2 beside one of V-JEPA 1 of the same size on the same tokens, which
// differs by nothing but the rotation, in turns in one process. Ratios of pairs, of wall time and of processor time; the
// latter says something on a machine that has other work, too.
//
//   node bench/rotation.mjs [--model vit_large] [--depth 2] [--crop 256] [--frames 16] [--batch 1] [--context K]
//     [--dtype float32] [--pass forward] [--version 2.1] [--rounds 7] [--profile]
//
// `--context K`: the encoder sees K of the tokens, as in pretraining. `--profile`: also what each kind of operation took.
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'vit_large' },
    depth: { type: 'string', default: '2' },
    crop: { type: 'string', default: '256' },
    frames: { type: 'string', default: '16' },
    batch: { type: 'string', default: '1' },
    context: { type: 'string' },
    version: { type: 'string', default: '2' },
    dtype: { type: 'string', multiple: true, default: ['float32', 'bfloat16'] },
    pass: { type: 'string', multiple: true, default: ['forward', 'both'] },
    rounds: { type: 'string', default: '7' },
    profile: { type: 'boolean', default: false },
  },
});
const [depth, crop, frames, batch, rounds] = ['depth', 'crop', 'frames', 'batch', 'rounds'].map((name) =>
  Number(flags[name]),
);

const load = (name) => import(new URL(`../packages/${name}/dist/index.js`, import.meta.url).href);
const [{ loadTensorFlow }, vit, optim] = [await load('tensorflow'), await load('vit'), await load('optim')];
const { resolve } = createRequire(fileURLToPath(new URL('../packages/vit/package.json', import.meta.url)));
const tf = await import(pathToFileURL(resolve('@tensorflow/tfjs-core')).href);

const size = { depth, imageSize: crop, numFrames: frames };
const later = flags.version === '2.1' ? vit.vjepa21EncoderConfig : vit.vjepa2EncoderConfig;
const levels = flags.version === '2.1' ? { normLayers: [depth - 1] } : {};
const MODELS = {
  'V-JEPA': { config: vit.encoderConfig(flags.model, size), shapes: vit.encoderParameterShapes, encode: vit.encode },
  [`V-JEPA ${flags.version}`]: {
    config: later(flags.model, { ...size, ...levels }),
    shapes: vit.vjepa2EncoderParameterShapes,
    encode: vit.encodeVjepa2,
  },
};
const values = (shape, scale) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i) * scale),
});
const { depth: T, height, width } = vit.tokenGrid(MODELS['V-JEPA'].config);
const tokens = T * height * width;
const seen = flags.context === undefined ? undefined : Number(flags.context);
const inputs = { clip: values([batch, 3, frames, crop, crop], 1) };
if (seen !== undefined) {
  const places = Int32Array.from({ length: batch * seen }, (_, i) => Math.floor(((i % seen) * tokens) / seen));
  inputs.mask = { shape: [batch, seen], data: places };
}

const runtime = await loadTensorFlow();
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const columns = (list, digits) => list.map((x) => x.toFixed(digits)).join(' ');
console.log(
  `${flags.model}, ${depth} blocks, ${seen ?? tokens} tokens, batch ${batch}: ${Object.keys(MODELS).join(' and ')}`,
);
for (const precision of flags.dtype) {
  for (const pass of flags.pass) {
    const steps = Object.values(MODELS).map((model) => compiled(model, precision, pass));
    for (const step of steps) for (let i = 0; i < 2; i++) await step(inputs);
    const measured = steps.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, step] of steps.entries()) measured[i].push(await measure(step));
    }
    for (const kind of ['seconds', 'processorSeconds']) {
      const [first, second] = measured.map((list) => list.map((one) => one[kind]));
      const ratios = second.map((x, i) => x / first[i]);
      const summary = `medians ${columns([median(first), median(second)], 3)}, fastest ${columns([Math.min(...first), Math.min(...second)], 3)}`;
      console.log(
        `${precision}, ${pass}, ${kind}: ${summary}; ratios ${columns(ratios, 2)}, median ${columns([median(ratios)], 3)}`,
      );
    }
    if (flags.profile) for (const step of steps) printProfile(await step.profile(inputs));
    for (const step of steps) step.dispose();
  }
}
process.exit(0);

async function measure(step) {
  const [begun, usage] = [performance.now(), process.cpuUsage()];
  await step(inputs);
  const { user, system } = process.cpuUsage(usage);
  return { seconds: (performance.now() - begun) / 1000, processorSeconds: (user + system) / 1e6 };
}

/** The encoder's features added up; with the backward pass the sum of the squares of its parameters' gradients too. */
function compiled({ config, shapes, encode }, precision, pass) {
  const state = Object.fromEntries(Array.from(shapes(config), ([name, shape]) => [name, values(shape, 0.03)]));
  const fn = (parameters, { clip, mask }) => {
    const features = (given) => encode(config, given, clip, mask === undefined ? {} : { mask });
    if (pass === 'forward') return { state: parameters, outputs: { loss: tf.sum(features(parameters)) } };
    const trained = trainedByClips(parameters);
    const { outputs, gradients } = optim.valueAndGradients(
      () => ({ loss: tf.mean(tf.square(features(parameters))) }),
      trained,
    );
    return { state: parameters, outputs: { loss: outputs.loss, norm: optim.globalNorm(Object.values(gradients)) } };
  };
  return runtime.compile(fn, { state, precision });
}

/** Without what V-JEPA 2.1 has for images. */
function trainedByClips(parameters) {
  const trained = Object.entries(vit.trainableParameters(parameters));
  return Object.fromEntries(trained.filter(([name]) => !/_img|^img_/.test(name)));
}

/** What each kind of operation took, in milliseconds of one core. */
function printProfile({ operations }) {
  const kinds = new Map();
  for (const { op, seconds } of operations) kinds.set(op, (kinds.get(op) ?? 0) + seconds);
  const sorted = [...kinds].sort((a, b) => b[1] - a[1]).slice(0, 28);
  console.log(sorted.map(([op, seconds]) => `  ${op} ${Math.round(1000 * seconds)}`).join(','));
}
