// The first steps of the pretraining of `vjepa results`, in float32, written down for `first_steps.py` to go along with:
//
//   node bench/pytorch/first-steps.mjs FOLDER [--steps 5] [--output first-steps.safetensors]
//
// FOLDER is that of `vjepa results`; packages are built. The file has our first weights, every step's clips and masks, what
// each step's loss was, and all weights after the last one; and the clips of some test videos that frozen encoders see.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readVideoIndex } from '../../packages/benchmarks/dist/index.js';
import { writeSafetensors } from '../../packages/checkpoints/dist/index.js';
import { flatten, openEngine } from '../../packages/engine/dist/index.js';
import { planPretraining, stepInputs } from '../../packages/training/dist/index.js';
import { createClipLoader } from '../../packages/video/dist/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '5' },
    output: { type: 'string', default: 'first-steps.safetensors' },
  },
});
const [folder] = positionals;
const record = join(folder ?? '', 'pretrainings', 'v-jepa', 'seed-0', 'run', 'settings.json');
if (folder === undefined || !existsSync(record)) {
  console.error(`expected the folder of \`vjepa results\`, with its pretraining: ${record}`);
  process.exit(1);
}
const videosFolder = join(folder, 'videos', 'main');
const settings = {
  ...JSON.parse(readFileSync(record, 'utf8')).settings,
  ...{ videos: [join(videosFolder, 'train.joint.csv')], precision: 'float32', statistics: false },
};
const plan = planPretraining(settings);
const TEST_VIDEOS = 8;

const tensors = {};
const keep = (prefix, tree) => {
  for (const [name, tensor] of Object.entries(flatten(tree))) tensors[`${prefix}.${name}`] = tensor;
};

/** The first steps, and what came of each. */
async function train() {
  const datasets = await plan.readVideos();
  const videos = datasets.flatMap((dataset) => dataset.videos);
  const { at } = plan.scheduleFor(videos.length);
  const samplesAt = plan.samplesFor(datasets);
  const plans = Array.from({ length: Number(values.steps) }, (_, step) => samplesAt(step));
  const engine = await openEngine({ precision: 'float32' });
  const state = plan.initialState();
  keep('first', { encoder: state.encoder, predictor: state.predictor });
  const run = engine.bind(plan.step, state);
  const loader = plan.loaderFor(videos);
  const steps = [];
  for await (const batch of loader.batches(plans)) {
    const step = steps.length + 1;
    const masks = plan.masksAt(step - 1);
    keep(`clips.${step}`, { pixels: { shape: batch.shape, data: Uint8Array.from(batch.clips) } });
    for (const [i, { context, target }] of masks.entries()) {
      keep(`masks.${step}.${i}`, {
        context: { shape: context.shape, data: context.indices },
        target: { shape: target.shape, data: target.indices },
      });
    }
    const scheduled = at(step);
    const { loss, lossReg, encoderGradNorm, predictorGradNorm } = await run(stepInputs(step, batch, masks, scheduled));
    const [value, ...others] = [loss, lossReg, encoderGradNorm, predictorGradNorm].map(({ data }) => data[0]);
    steps.push({ loss: value, reg_loss: others[0], norms: others.slice(1), ...scheduled });
    console.log(`step ${step}  loss ${value}`);
  }
  await loader.close();
  const { encoder, predictor, targetEncoder } = await run.readState();
  keep('last', { encoder, predictor, target_encoder: targetEncoder });
  run.dispose();
  return { steps, engine: engine.description };
}

/** Clips of test videos, by a recipe of @vjepa/video. */
async function keepClips(name, paths, clip, transform) {
  const videos = paths.map((path) => ({ path }));
  const loader = createClipLoader({ videos, clip, transform, output: 'uint8', onBadVideo: 'error', workers: 1 });
  const everyOne = videos.map((_, index) => ({ index, epoch: 0, draw: index }));
  for await (const { clips, shape } of loader.batches([everyOne])) {
    tensors[name] = { shape: [...shape], data: Uint8Array.from(clips) };
  }
  await loader.close();
}

const found = await train();
const { entries } = await readVideoIndex(join(videosFolder, 'test.joint.csv'));
const paths = entries.slice(0, TEST_VIDEOS).map(({ path }) => path);
const { numFrames: framesPerClip, imageSize: size } = plan.encoder;
const clip = { framesPerClip, frameStep: plan.settings.clips.frameStep, allowOverlap: true, placement: 'center' };
await keepClips('test.clips', paths, clip, { kind: 'evaluation', size, views: 1 });
await writeSafetensors(values.output, tensors, {
  found: JSON.stringify({ ...found, settings: plan.settings }),
});
console.log(`written to ${values.output}`);
