// Loss of a small pretraining run in float32 and in bfloat16, from the same start on the same data:
//
//   node bench/precision.mjs [--steps 300] [--batch 4] [--seed 0] [--momentum 0.998] [--learning-rate 2e-4] [--constant]
//
// The schedule is the paper's: the rate rises over the first tenth and falls to 1e-6 by a cosine, momentum rises to 1,
// weight decay from 0.04 to 0.4; with --constant all three stay where they are after the first tenth.
//
// A control is run too, in float32 from a start that differs by a thousandth, about what bfloat16 rounds by: where the
// control strays from the first run, the run magnifies any difference, and says nothing about precision.
//
// Clips are moving gratings, drawn anew for every step; masks are V-JEPA's multi-block masks. One JSON line per run with
// its loss, the mean over the last tenth, and ten points of its curve; then one with the losses' ratios.
import { parseArgs } from 'node:util';
import { bindStep, flatten } from '../packages/engine/dist/index.js';
import { initialPretrainingState, pretrainingStep } from '../packages/jepa/dist/index.js';
import { createMaskSampler } from '../packages/masks/dist/index.js';
import { mersenneTwister } from '../packages/random/dist/index.js';
import { loadTensorFlow } from '../packages/tensorflow/dist/index.js';
import { encoderConfig, initializeEncoder, initializePredictor, predictorConfig } from '../packages/vit/dist/index.js';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '300' },
    batch: { type: 'string', default: '4' },
    seed: { type: 'string', default: '0' },
    momentum: { type: 'string', default: '0.998' },
    'learning-rate': { type: 'string', default: '2e-4' },
    constant: { type: 'boolean', default: false },
  },
});
const [steps, batch, seed] = [values.steps, values.batch, values.seed].map(Number);
const [momentum, rate] = [values.momentum, values['learning-rate']].map(Number);

const [frames, side] = [8, 64];
const encoder = encoderConfig('vit_tiny', { imageSize: side, numFrames: frames, depth: 4 });
const predictor = predictorConfig(encoder, { embedDim: 96, depth: 3, numMaskTokens: 2 });
const sampler = createMaskSampler({
  kind: 'multiblock3d',
  grid: { depth: frames / 2, height: side / 16, width: side / 16 },
  masks: [
    { aspectRatio: [0.75, 1.5], numBlocks: 4, spatialScale: [0.15, 0.15], temporalScale: [1, 1], maxTemporalKeep: 1 },
    { aspectRatio: [0.75, 1.5], numBlocks: 1, spatialScale: [0.7, 0.7], temporalScale: [1, 1], maxTemporalKeep: 1 },
  ],
});

/** Gratings of random direction, width, colour and speed: bytes [B, T, H, W, 3]. */
function clips(random) {
  const uniform = () => random.nextUint32() / 2 ** 32;
  const data = new Uint8Array(batch * frames * side * side * 3);
  let at = 0;
  for (let b = 0; b < batch; b++) {
    const [angle, frequency, speed] = [uniform() * Math.PI, 0.1 + 0.4 * uniform(), 2 * uniform() - 1];
    const [dx, dy] = [frequency * Math.cos(angle), frequency * Math.sin(angle)];
    const colour = [uniform(), uniform(), uniform()];
    for (let t = 0; t < frames; t++) {
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const wave = Math.sin(dx * x + dy * y + speed * t);
          for (let c = 0; c < 3; c++) data[at++] = 127.5 * (1 + wave * colour[c]);
        }
      }
    }
  }
  return { shape: [batch, frames, side, side, 3], data };
}

function scheduled(step) {
  const warmup = steps / 10;
  const progress = values.constant ? 0 : step / steps;
  const cosine = (from, to, at) => to + ((from - to) * (1 + Math.cos(Math.PI * at))) / 2;
  const falling = values.constant ? rate : cosine(rate, 1e-6, (step - warmup) / (steps - warmup));
  return {
    learningRate: step < warmup ? (rate * step) / warmup : falling,
    momentum: momentum + (1 - momentum) * progress,
    weightDecay: cosine(0.04, 0.4, progress),
  };
}

async function run(runtime, { precision, perturbation = 0 }) {
  const random = mersenneTwister(seed);
  const initial = initialPretrainingState({
    encoder: initializeEncoder(encoder, random),
    predictor: initializePredictor(predictor, random),
  });
  for (const [name, { data }] of Object.entries(flatten(initial))) {
    if (perturbation === 0 || name.endsWith('pos_embed')) continue;
    for (let i = 0; i < data.length; i++) data[i] *= 1 + perturbation * Math.sin(12.9898 * i);
  }
  let compiled;
  const train = bindStep(pretrainingStep({ encoder, predictor }), initial, (flat, state) => {
    compiled = runtime.compile(flat, { state, precision });
    return compiled;
  });
  const losses = [];
  const begun = performance.now();
  for (let step = 1; step <= steps; step++) {
    const masks = sampler.sample({ batchSize: batch, call: step, random: mersenneTwister(seed * 1_000_003 + step) });
    const inputs = { clips: clips(mersenneTwister(seed * 1_000_003 + step)), step, clipNorm: 10, ...scheduled(step) };
    for (const kind of ['context', 'target']) {
      inputs[kind] = masks.map(({ [kind]: { shape, indices } }) => ({ shape, data: indices }));
    }
    const { loss } = await train(inputs);
    losses.push(loss.data[0]);
  }
  const seconds = (performance.now() - begun) / 1000;
  const { compilations } = compiled;
  train.dispose();
  const tenth = Math.max(1, Math.round(steps / 10));
  const curve = Array.from({ length: Math.floor(steps / tenth) }, (_, i) => {
    const part = losses.slice(i * tenth, (i + 1) * tenth);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const loss = curve.at(-1);
  const rounded = curve.map((value) => Number(value.toFixed(4)));
  console.log(JSON.stringify({ precision, perturbation, steps, loss, curve: rounded, seconds, compilations }));
  return loss;
}

const runtime = await loadTensorFlow();
const float32 = await run(runtime, { precision: 'float32' });
const bfloat16 = await run(runtime, { precision: 'bfloat16' });
const control = await run(runtime, { precision: 'float32', perturbation: 1e-3 });
console.log(JSON.stringify({ bfloat16_over_float32: bfloat16 / float32, control_over_float32: control / float32 }));
