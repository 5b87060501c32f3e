// Writes the pretraining step as XLA gets it, an HloModuleProto, into the file OUT. No GPU, and nothing is trained: the step
// is made for a GPU, placed on the CPU, and given up as soon as XLA has written down what it is to compile.
//
//   node write-hlo.mjs OUT '{"model":"vit_large","batch":24}'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { pretrainingStep, STEP } from './pretraining-step.mjs';
import { messageField } from './protobuf-fields.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = (name) => import(pathToFileURL(`${root}packages/${name}/dist/index.js`).href);

const [out, json] = process.argv.slice(2);
const options = { ...STEP, ...JSON.parse(json) };
const { precision, fusedAttention } = options;
const dump = mkdtempSync(`${out}.`);
process.env.XLA_FLAGS = `${process.env.XLA_FLAGS ?? ''} --xla_dump_to=${dump} --xla_dump_hlo_as_proto`;
const [{ bindStep }, { loadTensorFlow }] = [await load('engine'), await load('tensorflow')];
const { step: traced, state, inputs } = await pretrainingStep(options);

const runtime = await loadTensorFlow({ device: 'cpu' });
const place = runtime.api.TF_SetDevice;
Object.defineProperty(runtime.api, 'TF_SetDevice', {
  value: (operation, device) => place(operation, device.replace('GPU', 'CPU')),
});
const step = bindStep(traced, state, (flat, state) =>
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
