// What can only be seen on a machine with an NVIDIA GPU, in one run: is it right, how fast, how much memory, does a run
// survive being killed. Every part has a time limit and a log; a part that fails does not stop the others.
//
//   npm run check:gpu -- [--only parity,bench] [--output check-gpu] [--python PYTHON --yardstick torch_step.py]
//   npm run check:gpu -- --fake      on a driver without a GPU, small: does the script run to its end?
//
// Needs `npm run setup` and `vjepa runtime install --cuda`. The table, for docs/benchmarks.md, is the last thing printed,
// and lies in OUTPUT/TIME/results.md. The exit code is 0 if every part ran to its end and, but for --fake, found what it should.
// With `vjepa runtime install --xla` before, the same through XLA's plug-in; with --jax PYTHON, one that has JAX, beside the
// products of the step's blocks as JAX computes them: what no step can be faster than.
// A yardstick is a script that takes a step's settings as JSON and prints `seconds_per_step` and `peak_device_mb`.
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fakeEngine } from './gpu/fake-engine.mjs';
import { gpuParts } from './gpu/parts.mjs';
import { runProcess } from './gpu/run-process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    output: { type: 'string', default: 'check-gpu' },
    python: { type: 'string', default: 'python3' },
    yardstick: { type: 'string' },
    jax: { type: 'string' },
    fake: { type: 'boolean', default: false },
  },
});
const output = resolve(values.output, new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
const only = values.only?.split(',');
mkdirSync(output, { recursive: true });

const fake = values.fake ? fakeEngine() : undefined;
// A process that is ended by a signal removes nothing.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
process.on('exit', () => fake?.remove());
const env = fake?.env ?? process.env;
const reduced = values.fake;
const yardstick = values.yardstick && { python: values.python, script: resolve(values.yardstick) };
// Where XLA's plug-in for GPUs is, and for --fake what it has to be told.
const installed = existsSync(join(root, 'packages/xla/dist')) && (await pluginForGpus());
const xla = installed && {
  env: values.fake ? { ...env, XLA_FLAGS: `${env.XLA_FLAGS} --xla_gpu_experimental_vmm_disabled` } : env,
};
const parts = gpuParts({ reduced, output, yardstick, xla, jax: values.jax }).filter(
  ({ name }) => !only || only.some((word) => name === word || name.startsWith(`${word} `)),
);

const rows = [];
for (const part of parts) {
  process.stdout.write(`${part.name} … `);
  const begun = performance.now();
  const deadline = begun + part.limit * 1000;
  const log = join(output, `${part.name.replace(/\W+/g, '-')}.log`);
  /** Runs a program of this part within what is left of its time, and keeps what it prints. */
  const run = async (command, args, options = {}) => {
    appendFileSync(log, `$ ${[command, ...args].join(' ')}\n`);
    const left = deadline - performance.now();
    if (left <= 0) throw new Error(`no time left of ${part.limit} s`);
    const result = await runProcess(command, args, { env, limit: left, log, ...options });
    if (result.timedOut) throw new Error(`stopped after ${part.limit} s`);
    return result;
  };
  let row;
  try {
    const { right, figures } = await part.run(run);
    row = { ran: true, right, figures };
  } catch (error) {
    row = { ran: false, right: false, figures: error.message.split('\n')[0] };
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  rows.push({ name: part.name, seconds, ...row });
  console.log(`${verdict(row)}, ${seconds} s: ${row.figures}`);
}

const table = [
  ...(values.fake ? ['**On a driver without a GPU: numbers and times mean nothing.**', ''] : []),
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model})`,
  '',
  '| part | | s | |',
  '|---|---|---|---|',
  ...rows.map((row) => `| ${row.name} | ${verdict(row)} | ${row.seconds} | ${row.figures.replaceAll('|', '\\|')} |`),
  '',
].join('\n');
writeFileSync(join(output, 'results.md'), table);
console.log(`\n${table}`);
const good = rows.every(({ ran, right }) => ran && (values.fake || right !== false));
process.exit(rows.length > 0 && good ? 0 : 1);

async function pluginForGpus() {
  const { findPlugin } = await import(pathToFileURL(join(root, 'packages/xla/dist/index.js')).href);
  const { VJEPA_CACHE: cache } = env;
  return findPlugin(cache ? { folder: join(cache, 'xla') } : {}) !== undefined;
}

/** `right` is undefined where a part only measures. */
function verdict({ ran, right }) {
  if (!ran) return 'did not run';
  if (right === undefined) return 'measured';
  if (right) return 'right';
  return values.fake ? 'wrong, as without a GPU' : 'WRONG';
}
