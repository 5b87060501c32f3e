// Compiles the whole pretraining step for a GPU that is not there and prints what it takes as one JSON line: memory as
// XLA's GPU compiler plans it, instructions, products, and the time to compile. How the table of docs/cuda.md is made.
//
//   python3 -m venv pjrt && pjrt/bin/pip install --no-deps jax-cuda13-pjrt==0.10.2 nvidia-cuda-nvcc==13.5.37 nvidia-nvvm==13.5.37
//   node scripts/gpu/compile-ahead.mjs pjrt/lib/python3*/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so \
//     '{"model":"vit_large","recompute":"block","fusedAttention":true}'
//
// The other keys are those of STEP below. A third argument is the GPU, a GpuTargetConfigProto as text; default: an H200.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Mask lengths are those of the paper's masks at this size. */
const STEP = {
  ...{ model: 'vit_large', crop: 224, frames: 16, batch: 24, context: [376, 112], target: [760, 1120] },
  ...{ predictorWidth: 384, predictorDepth: 12 },
  ...{ precision: 'bfloat16', recompute: 'none', fusedAttention: false },
};

const [plugin, json = '{}', targetPath = fileURLToPath(new URL('h200.txtpb', import.meta.url))] = process.argv.slice(2);
if (plugin === undefined || !existsSync(plugin)) {
  console.error(`usage: compile-ahead.mjs PLUGIN.so [STEP-AS-JSON] [TARGET.txtpb]; no plug-in at ${plugin}`);
  process.exit(2);
}
const step = { ...STEP, ...JSON.parse(json) };
const unknown = Object.keys(step).filter((key) => !(key in STEP));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown}; a step has ${Object.keys(STEP)}`);
  process.exit(2);
}
// ptxas and libdevice of NVIDIA's wheels, in the same folder of packages. XLA looks for them before it reads anything else.
const nvidia = resolve(dirname(plugin), '../../nvidia/cu13');
process.env.PATH = `${nvidia}/bin:${process.env.PATH}`;
process.env.XLA_FLAGS = `${process.env.XLA_FLAGS ?? ''} --xla_gpu_cuda_data_dir=${nvidia}`;
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

const folder = mkdtempSync(join(tmpdir(), 'vjepa-ahead-'));
try {
  const file = join(folder, 'step.hlo.pb');
  const writer = fileURLToPath(new URL('write-hlo.mjs', import.meta.url));
  const environment = { ...process.env, XLA_FLAGS: '' };
  spawnSync(process.execPath, [writer, file, JSON.stringify(step)], {
    stdio: ['ignore', 2, 'inherit'],
    env: environment,
  });
  if (!existsSync(file)) process.exit(1);
  const given = readFileSync(file);

  const { compileAhead } = await import('./pjrt-compiler.mjs');
  const { countInstructions } = await import('./hlo-instructions.mjs');
  const { messageField } = await import('./protobuf-fields.mjs');
  const [begun, usage] = [performance.now(), processorSeconds()];
  const { memory, optimized } = compileAhead(plugin, readFileSync(targetPath, 'utf8'), given);
  const seconds = (performance.now() - begun) / 1000;
  const gibibytes = (bytes) => Math.round((bytes / 2 ** 30) * 100) / 100;
  console.log(
    JSON.stringify({
      step,
      state_GiB: gibibytes(memory.shared),
      temporaries_GiB: gibibytes(memory.temporaries),
      given: countInstructions(given),
      // HloModuleProtoWithConfig.hlo_module
      compiled: countInstructions(messageField(optimized, 1)),
      seconds: Math.round(seconds),
      processor_seconds: Math.round(processorSeconds() - usage),
      cores: availableParallelism(),
      load: loadavg()[0],
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// The plug-in's threads are still there.
process.exit(process.exitCode);

/** User and system time of this process and of what it has started and waited for: XLA starts ptxas. */
function processorSeconds() {
  const ticksPerSecond = 100;
  const times = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ').slice(11, 15);
  return times.reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}
