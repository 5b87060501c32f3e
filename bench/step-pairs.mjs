// The whole pretraining step against the same step in PyTorch, in turns, alone on the machine:
//
//   node bench/step-pairs.mjs --python PYTHON --yardstick torch_step.py [--rounds 3] [--steps 5] [--dtype bfloat16] [--compile]
//
// The yardstick is a script that takes the step's settings as JSON and prints `seconds_per_step` and `peak_rss_mb`.
// With --compile it is told to compile its model first (torch.compile), which is not measured.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    yardstick: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '5' },
    dtype: { type: 'string', multiple: true, default: ['bfloat16', 'float32'] },
    compile: { type: 'boolean', default: false },
  },
});
if (values.yardstick === undefined) {
  console.error('--yardstick names the PyTorch script to compare with');
  process.exit(1);
}
const cli = fileURLToPath(new URL('../apps/vjepa/dist/cli.js', import.meta.url));
const SETTINGS = [
  { crop: 112, batch: 2, context: [96, 24], target: [190, 280] },
  { crop: 224, batch: 1, context: [363, 93], target: [755, 1115] },
];

for (const setting of SETTINGS) {
  for (const dtype of values.dtype) {
    for (let round = 0; round < Number(values.rounds); round++) {
      const theirs = torch(setting, dtype);
      const ours = vjepa(setting, dtype);
      console.log(
        [
          `16x${setting.crop}^2 batch ${setting.batch} ${dtype}`,
          `PyTorch${values.compile ? ', compiled' : ''} ${theirs.seconds_per_step.toFixed(3)} s ${theirs.peak_rss_mb} MB`,
          `vjepa ${ours.seconds_per_step.toFixed(3)} s ${ours.peak_rss_mb} MB`,
          `ratio ${(ours.seconds_per_step / theirs.seconds_per_step).toFixed(3)}`,
          `memory ${(ours.peak_rss_mb / theirs.peak_rss_mb).toFixed(3)}`,
          `first step ${ours.compile_seconds.toFixed(1)} s`,
        ].join('  '),
      );
    }
  }
}

function torch(setting, dtype) {
  const threads = availableParallelism();
  const settings = { ...setting, dtype, threads, steps: Number(values.steps), warmup: 2, compile: values.compile };
  return lastLine(values.python, [values.yardstick, JSON.stringify(settings)]);
}

function vjepa({ crop, batch, context, target }, dtype) {
  const flags = { model: 'vit_small', frames: 16, crop, batch, context, target, 'pred-dim': 384, 'pred-depth': 12 };
  const measured = { ...flags, dtype, steps: values.steps, warmup: 2 };
  const args = Object.entries(measured).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return lastLine(process.execPath, [cli, 'bench', 'step', ...args, '--json']);
}

function lastLine(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
