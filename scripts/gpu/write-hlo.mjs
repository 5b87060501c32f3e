// Writes the pretraining step as XLA gets it, an HloModuleProto, into the file OUT. No GPU, and nothing is trained: the step
// is made for a GPU, placed on the CPU, and given up as soon as XLA has written down what it is to compile.
//
//   node write-hlo.mjs OUT '{"model":"vit_large","batch":24,"context":[376,112],"target":[760,1120]}'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageField } from './protobuf-fields.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = (name) => import(pathToFileURL(`${root}packages/${name}/dist/index.js`).href);

const [out, json] = process.argv.slice(2);
const { model, crop, frames, batch, context, target, predictorWidth, predictorDepth, ...options } = JSON.parse(json);
const { precision, recompute, fusedAttention } = options;
const dump = mkdtempSync(`${out}.`);
process.env.XLA_FLAGS = `${process.env.XLA_FLAGS ?? ''} --xla_dump_to=${dump} --xla_dump_hlo_as_proto`;
const { bindStep } = await load('engine');
const [{ loadTensorFlow }, vit, jepa] = [await load('tensorflow'), await load('vit'), await load('jepa')];

const encoder = vit.encoderConfig(model, { imageSize: crop, numFrames: frames });
const sizes = { embedDim: predictorWidth, depth: predictorDepth, numMaskTokens: context.length };
const predictor = vit.predictorConfig(encoder, sizes);

/** Zeros, lazily: what the values are does not matter. */
const zeros = (shape) => ({
  shape,
  data: () => new Float32Array(shape.reduce((product, size) => product * size, 1)),
});
const tensors = (shapes) => Object.fromEntries(Array.from(shapes, ([name, shape]) => [name, zeros(shape)]));
const models = {
  encoder: tensors(vit.encoderParameterShapes(encoder)),
  predictor: tensors(vit.predictorParameterShapes(predictor)),
};
const trained = {
  encoder: vit.trainableParameters(models.encoder),
  predictor: vit.trainableParameters(models.predictor),
};
const initial = { ...models, targetEncoder: models.encoder, expAvg: trained, expAvgSq: trained };
const mask = (length) => ({
  shape: [batch, length],
  data: Int32Array.from({ length: batch * length }, (_, i) => i % length),
});
const inputs = {
  clips: { shape: [batch, frames, crop, crop, 3], data: new Uint8Array(batch * frames * crop * crop * 3) },
  ...{ context: context.map(mask), target: target.map(mask) },
  ...{ learningRate: 1e-3, weightDecay: 0.04, momentum: 0.998, clipNorm: 10, step: 1 },
};

const runtime = await loadTensorFlow({ device: 'cpu' });
const place = runtime.api.TF_SetDevice;
Object.defineProperty(runtime.api, 'TF_SetDevice', {
  value: (operation, device) => place(operation, device.replace('GPU', 'CPU')),
});
const step = bindStep(jepa.pretrainingStep({ encoder, predictor, recompute }), initial, (flat, state) =>
  runtime.compile(flat, { state, precision, fusedAttention, xla: true, device: '/device:GPU:0' }),
);
step(inputs).catch((error) => {
  console.error(error.message);
  rmSync(dump, { recursive: true, force: true });
  process.exit(1);
});

/** The file with the step, once it is whole. */
let before = -1;
setInterval(() => {
  const [file] = readdirSync(dump).filter((name) => /step0.*before_optimizations\.hlo\.pb$/.test(name));
  if (file === undefined) return;
  const proto = readFileSync(join(dump, file));
  if (proto.length !== before || proto.length === 0) {
    before = proto.length;
    return;
  }
  // HloProto.hlo_module
  writeFileSync(`${out}.part`, messageField(proto, 1));
  renameSync(`${out}.part`, out);
  rmSync(dump, { recursive: true, force: true });
  // XLA compiles for the CPU on another thread, which is of no interest.
  process.kill(process.pid, 'SIGKILL');
}, 1000);
