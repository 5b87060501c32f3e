// Compiles the whole pretraining step for a GPU that is not there and prints what it takes as one JSON line: memory as
// XLA's GPU compiler plans it, kernels, products, operations, and the time to compile. How the tables of docs/benchmarks.md and
// docs/cuda.md are made.
//
//   node scripts/gpu/compile-ahead.mjs '{"model":"vit_large"}' [--gpu a100] [--engine tensorflow]
//
// The other keys are those of STEP in pretraining-step.mjs. Attention is as the GPU has it, with TensorFlow's engine
// batched; `"fusedAttention":false` and `true` say otherwise. `--gpu`: h200, a100, or a file, a GpuTargetConfigProto as text.
// `--devices 8`: so many share the batch and the program; memory is that of each, and what they exchange is counted.
// `--shard-state`: each keeps a part of the state. `--engine`: whose program it is, @vjepa/xla's or what TensorFlow's
// bridge makes. XLA's plug-in is installed once
// (fake-engine.mjs), and cuDNN asked for its kernels and the room they need. `--plugin` names a plug-in as JAX's wheel lays
// it out; cuDNN is not asked then, and its room is not counted:
//
//   python3 -m venv pjrt && pjrt/bin/pip install --no-deps jax-cuda13-pjrt==0.10.2 nvidia-cuda-nvcc==13.5.37 nvidia-nvvm==13.5.37
//   node scripts/gpu/compile-ahead.mjs '{}' --plugin pjrt/lib/python3*/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { aheadPlugin } from './ahead-plugin.mjs';
import { aheadEngine } from './fake-engine.mjs';
import { pretrainingStep, STEP } from './pretraining-step.mjs';
import { workOf } from './work-of.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gpu: { type: 'string', default: 'h200' },
    engine: { type: 'string', default: 'xla' },
    devices: { type: 'string', default: '1' },
    'shard-state': { type: 'boolean', default: false },
    plugin: { type: 'string' },
  },
});
const devices = Number(values.devices);
const step = { ...STEP, ...JSON.parse(positionals[0] ?? '{}') };
const unknown = Object.keys(step).filter((key) => !(key in STEP));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown}; a step has ${Object.keys(STEP)}`);
  process.exit(2);
}
if (values.plugin === undefined && process.env.VJEPA_AHEAD_PLUGIN === undefined) {
  Object.assign(process.env, aheadEngine());
}
const compiler = await aheadPlugin(values.plugin);
const { attention, program } =
  values.engine === 'tensorflow'
    ? { program: tensorFlowProgram() }
    : await xlaProgram(await compiler.device(values.gpu));
const [begun, usage] = [performance.now(), processorSeconds()];
const { memory, compiled } = await compiler.compile(program, values.gpu, devices);
const seconds = (performance.now() - begun) / 1000;
const { otherBytes, ...counts } = compiled;
const work = typeof program === 'string' ? workOf(program) : undefined;
console.log(
  JSON.stringify({
    ...{ engine: values.engine, gpu: values.gpu, step, attention },
    ...(devices > 1 && { devices, shardState: values['shard-state'], arguments_GiB: gibibytes(memory.arguments) }),
    ...{ state_GiB: gibibytes(memory.aliased), temporaries_GiB: gibibytes(memory.temporaries) },
    ...counts,
    other_GiB: gibibytes(otherBytes),
    ...(work && { products_TFLOP: tera(work.products), attention_TFLOP: tera(work.attention) }),
    ...{ seconds: Math.round(seconds), processor_seconds: Math.round(processorSeconds() - usage) },
    ...{ cores: availableParallelism(), load: loadavg()[0] },
  }),
);
// The plug-in's threads are still there.
process.exit();

async function xlaProgram(device) {
  const load = (name) => import(pathToFileURL(join(root(), `packages/${name}/dist/index.js`)).href);
  const [{ FlatStep, flatten }, { describeAttention, stepProgram }] = [await load('engine'), await load('xla')];
  const { step: traced, state, inputs } = await pretrainingStep(step);
  const flat = new FlatStep(traced, state);
  const { precision, fusedAttention } = step;
  const shardState = values['shard-state'];
  const options = { state: flatten(state), precision, fusedAttention, device, devices, shardState };
  const { text, attention } = stepProgram(flat.step, options, flat.inputs(inputs));
  return { program: text, attention: describeAttention(attention) };
}

/** In a process of its own, which is ended as soon as there is one. */
function tensorFlowProgram() {
  const folder = mkdtempSync(join(tmpdir(), 'vjepa-ahead-'));
  try {
    const file = join(folder, 'step.hlo.pb');
    const writer = fileURLToPath(new URL('write-hlo.mjs', import.meta.url));
    const env = { ...process.env, XLA_FLAGS: '' };
    spawnSync(process.execPath, [writer, file, JSON.stringify(step)], { stdio: ['ignore', 2, 'inherit'], env });
    if (!existsSync(file)) process.exit(1);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function root() {
  return fileURLToPath(new URL('../..', import.meta.url));
}

function gibibytes(bytes) {
  return Math.round((bytes / 2 ** 30) * 100) / 100;
}

function tera(operations) {
  return Math.round(operations / 1e10) / 100;
}

/** User and system time of this process and of what it has started and waited for: XLA starts ptxas. */
function processorSeconds() {
  const ticksPerSecond = 100;
  const times = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ').slice(11, 15);
  return times.reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}
