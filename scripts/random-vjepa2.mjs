// Writes a model of V-JEPA 2 or 2.1 with random weights in the layouts that models are published in, for whoever has no
// published one at hand, and loads each of them:
//
//   node scripts/random-vjepa2.mjs FOLDER [--model vjepa2_vit_large] [--seed 0]
//
// FOLDER/meta.pt as the original writes it, names behind module.backbone. and the position tables that nothing reads in it;
// of V-JEPA 2 also FOLDER/hugging-face, config.json and model.safetensors. The same seed gives the same bytes. Needs
// `npm run build`, and for a ViT-L 4 GB of disk.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const [{ convertCheckpoint, writeTorchCheckpoint }, { loadEncoder, loadPredictor }, { mersenneTwister }, vit] =
  await Promise.all(
    ['checkpoints', 'evaluation', 'random', 'vit'].map(
      (name) => import(new URL(`../packages/${name}/dist/index.js`, import.meta.url).href),
    ),
  );

const { values, positionals } = parseArgs({
  options: { model: { type: 'string', default: 'vjepa2_vit_large' }, seed: { type: 'string', default: '0' } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? 'random-vjepa2');
const config = vit.clipEncoderConfig(values.model);
const [meta, theirs] = [join(folder, 'meta.pt'), join(folder, 'hugging-face')];
mkdirSync(folder, { recursive: true });

await timed('drawn and written', writeMeta);
const original = await timed('meta.pt read', () => loadBoth(meta));
if (config.version === '2') {
  await timed('written for Hugging Face', () => convertCheckpoint(meta, theirs, { names: 'hugging-face' }));
  const translated = await timed('hugging-face read', () => loadBoth(theirs));
  for (const model of ['encoder', 'predictor']) compare(original[model], translated[model]);
  console.log(`${values.model}: both layouts hold the same ${count(original)} parameters`);
} else console.log(`${values.model}: ${count(original)} parameters`);

/** Encoder, its average and predictor, drawn from the seed. */
async function writeMeta() {
  const random = mersenneTwister(Number(values.seed));
  const encoder = vit.initializeVjepa2Encoder(config, random);
  const predictorConfig = (config.version === '2' ? vit.vjepa2PredictorConfig : vit.vjepa21PredictorConfig)(config);
  const predictor = vit.initializeVjepa2Predictor(predictorConfig, random);
  if (config.version === '2') {
    encoder.pos_embed = tableOf(config);
    predictor.predictor_pos_embed = tableOf(predictorConfig);
  }
  await writeTorchCheckpoint(meta, {
    encoder: wrapped(encoder),
    target_encoder: wrapped(encoder),
    predictor: wrapped(predictor),
    epoch: 0,
  });
}

function wrapped(tensors) {
  return new Map(Object.entries(tensors).map(([name, tensor]) => [`module.backbone.${name}`, tensor]));
}

function tableOf(sizes) {
  const { data } = vit.positionTable({ ...sizes, uniformPower: true });
  return { shape: [1, data.length / sizes.embedDim, sizes.embedDim], data };
}

async function loadBoth(path) {
  const encoder = await loadEncoder(path);
  const predictor = await loadPredictor(path, encoder.encoder);
  for (const note of [...encoder.notes, ...predictor.notes]) console.log(`  ${note}`);
  return { encoder: encoder.parameters, predictor: predictor.parameters };
}

function compare(left, right) {
  const names = Object.keys(left);
  if (names.join() !== Object.keys(right).join()) throw new Error('the layouts hold other names');
  for (const name of names) {
    const [a, b] = [left[name].data, right[name].data];
    if (Buffer.compare(bytesOf(a), bytesOf(b)) !== 0) throw new Error(`${name} is not the same in both layouts`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function count({ encoder, predictor }) {
  const total = (tensors) => Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
  return [total(encoder), total(predictor)].map((sum) => sum.toLocaleString('en')).join(' + ');
}

async function timed(what, run) {
  const begun = performance.now();
  const result = await run();
  const peak = process.resourceUsage().maxRSS / 1e6;
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s, ${peak.toFixed(2)} GB at most so far`);
  return result;
}
