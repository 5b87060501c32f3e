import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { watchGpuMemory } from './gpu-memory.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'apps/vjepa/dist/cli.js');
const script = (name) => join(root, 'scripts/gpu', name);

/**
 * Models of `bench step`; width, depth and heads are for the yardstick. GiB of GPU memory: `state`, and `perClip`, what
 * a clip of 16x224^2 takes in bfloat16, from ahead-of-time compilation (docs/cuda.md; ViT-H's is estimated from the others):
 * where to begin looking for the largest batch.
 */
const MODELS = [
  {
    name: 'ViT-S',
    model: 'vit_small',
    dim: 384,
    depth: 12,
    heads: 6,
    state: 0.6,
    perClip: { batched: 0.88, fused: 0.3 },
    limit: 1200,
  },
  {
    name: 'ViT-L',
    model: 'vit_large',
    dim: 1024,
    depth: 24,
    heads: 16,
    state: 4.8,
    perClip: { batched: 1.2, fused: 0.64 },
    limit: 2400,
  },
  {
    name: 'ViT-H',
    model: 'vit_huge',
    dim: 1280,
    depth: 32,
    heads: 16,
    state: 10,
    perClip: { batched: 1.7, fused: 0.95 },
    limit: 3600,
  },
];
const SMALL_MODELS = [{ name: 'ViT-Ti', model: 'vit_tiny', dim: 192, depth: 12, heads: 3, limit: 1200 }];

/** The paper's masks at 16x224^2, and ones that a driver without a GPU is done with soon. */
const CLIPS = { frames: 16, crop: 224, context: [376, 112], target: [760, 1120], predDim: 384, predDepth: 12 };
const SMALL_CLIPS = { frames: 4, crop: 32, context: [4, 2], target: [3, 5], predDim: 96, predDepth: 1 };

/**
 * What is looked at: `run` gets a function that runs a program, and tells what was found in words; `right` says whether it
 * is what it should be, and is undefined where something is only measured. It throws where nothing was found out.
 */
export function gpuParts({ reduced, output, yardstick, xla, jax }) {
  const clips = reduced ? SMALL_CLIPS : CLIPS;
  const steps = reduced ? 2 : 10;
  const json = async (run, command, args) => {
    const result = await run(command, args);
    return { ...result, value: lastJson(result) };
  };
  const node = (run, file, options) => json(run, process.execPath, [script(file), JSON.stringify(options)]);
  const vjepa = (run, args, options) => run(process.execPath, [cli, ...args], options);

  const parity = (name, args, judged, options) => ({
    name: `parity ${name}`,
    limit: 600,
    async run(run) {
      const folder = join(root, reduced ? 'fixtures/probe-small' : 'fixtures');
      const result = await vjepa(run, ['parity', folder, '--device', 'gpu', '--json', ...args], options);
      const { fixtures } = lastJson(result);
      const models = fixtures.filter(({ kind }) => kind === 'pretrain' || kind === 'probe');
      const all = models.flatMap(({ comparisons }) => comparisons);
      const failed = all.filter(({ passed }) => !passed);
      const worst = models.map(({ fixture, comparisons }) => {
        const largest = comparisons.reduce((most, { difference }) => Math.max(most, difference ?? Infinity), 0);
        return `${basename(fixture)} ${largest.toExponential(1)}`;
      });
      const figures = `${all.length - failed.length} of ${all.length} comparisons hold; largest differences: ${worst.join(', ')}`;
      return { right: judged ? failed.length === 0 : undefined, figures };
    },
  });

  const benchArguments = (model, batch, more) => [
    ...['bench', 'step', '--device', 'gpu', '--json', '--dtype', 'bfloat16', '--model', model, '--batch', `${batch}`],
    ...['--frames', `${clips.frames}`, '--crop', `${clips.crop}`, '--context', `${clips.context}`],
    ...['--target', `${clips.target}`, '--pred-dim', `${clips.predDim}`, '--pred-depth', `${clips.predDepth}`],
    ...['--steps', `${steps}`, ...more],
  ];
  /** The step at the largest batch that fits, begun where it should and made smaller until it does. */
  async function largestBatch(run, { model, state, perClip }, fused, backend) {
    const more = [fused ? '--fused-attention' : '--no-fused-attention', '--backend', backend];
    const { env } = backend === 'xla' ? xla : {};
    const gigabytes = perClip?.[fused ? 'fused' : 'batched'];
    let batch = reduced
      ? 2
      : Math.max(4, 4 * Math.floor((0.9 * (await gpuGigabytes(run, vjepa)) - state) / gigabytes / 4));
    for (;;) {
      const memory = watchGpuMemory();
      const result = await vjepa(run, benchArguments(model, batch, more), env && { env });
      const megabytes = memory.stop();
      if (result.code === 0) return { batch, megabytes, step: lastJson(result) };
      const full = /out of memory|RESOURCE_EXHAUSTED|OOM|resource-exhausted/i.test(result.stderr + result.stdout);
      if (!full || batch <= 4) throw new Error(`batch ${batch}: ${lastLine(result)}`);
      batch = Math.max(4, 4 * Math.floor((0.75 * batch) / 4));
    }
  }
  const bench = (model, fused, backend = 'tensorflow') => ({
    name: `bench ${model.name}${fused ? ', fused attention' : ''}${backend === 'xla' ? ', XLA' : ''}`,
    limit: model.limit,
    async run(run) {
      const { batch, megabytes, step } = await largestBatch(run, model, fused, backend);
      const seconds = step.seconds_per_step;
      const figures = [
        `batch ${batch}, ${seconds.toFixed(3)} s a step, ${(batch / seconds).toFixed(1)} clips/s`,
        `first step ${step.compile_seconds.toFixed(0)} s`,
        ...(megabytes ? [`${megabytes} MB of the GPU's memory`] : []),
        `loss ${step.loss?.toFixed(4) ?? 'NaN'}`,
      ];
      if (yardstick) {
        const { dim, depth, heads } = model;
        const { predDim: pred_dim, predDepth: pred_depth, ...sizes } = clips;
        const settings = { dim, depth, heads, pred_dim, pred_depth, ...sizes, batch, steps, dtype: 'bfloat16' };
        const args = [yardstick.script, JSON.stringify({ ...settings, device: 'cuda' })];
        const { value } = await json(run, yardstick.python, args);
        const ratio = (seconds / value.seconds_per_step).toFixed(2);
        figures.push(`PyTorch ${value.seconds_per_step.toFixed(3)} s, ${value.peak_device_mb} MB, ratio ${ratio}`);
      }
      if (step.utilization !== undefined) figures.push(`${(100 * step.utilization).toFixed(0)} % of the GPU's peak`);
      if (jax && backend === 'xla' && !fused) {
        const { dim, depth, heads } = model;
        const settings = { dim, depth, heads, ...clips, batch, steps };
        const { value } = await json(run, jax, [script('jax_blocks.py'), JSON.stringify(settings)]);
        figures.push(`JAX, the blocks alone: ${value.seconds_per_step.toFixed(3)} s on ${value.device}`);
      }
      return { right: Number.isFinite(step.loss), figures: figures.join('; ') };
    },
  });

  return [
    {
      name: 'doctor',
      limit: 120,
      async run(run) {
        const result = await vjepa(run, ['doctor', '--device', 'gpu', '--json']);
        const findings = lastJson(result);
        const of = (name) => findings.find((finding) => finding.name === name);
        const said = ['NVIDIA driver', 'CUDA', 'device'].map((name) => of(name)?.detail ?? `${name}: nothing`);
        return { right: of('CUDA')?.status === 'ok', figures: said.join('; ') };
      },
    },
    parity('float32', [], true),
    parity('TF32', ['--tf32'], false),
    parity('bfloat16', ['--dtype', 'bfloat16'], true),
    ...(xla
      ? [
          parity('float32, XLA', ['--backend', 'xla'], true, xla),
          parity('bfloat16, XLA', ['--backend', 'xla', '--dtype', 'bfloat16'], true, xla),
        ]
      : []),
    {
      name: 'fused attention',
      limit: 600,
      async run(run) {
        const sizes = reduced
          ? { batch: 2, tokens: 64, heads: 2, width: 64 }
          : { batch: 8, tokens: 1568, heads: 16, width: 64 };
        const { value } = await node(run, 'attention.mjs', { ...sizes, steps });
        const kinds = Object.entries(value);
        // Both round to bfloat16, at different places.
        const close = (distance) => typeof distance === 'number' && distance < 2e-2;
        const right = kinds.every(([, { forward, backward }]) => close(forward) && close(backward));
        const figures = kinds.map(([kind, found]) => {
          const times = `${(1e3 * found.fused_seconds).toFixed(2)} ms for ${(1e3 * found.batched_seconds).toFixed(2)}`;
          const off = (distance) => distance?.toExponential(1) ?? 'NaN';
          return `${kind}: off by ${off(found.forward)} forward, ${off(found.backward)} backward, ${times}`;
        });
        return { right, figures: figures.join('; ') };
      },
    },
    {
      name: 'tfjs-core',
      limit: 1800,
      async run(run) {
        const words = reduced ? ['slice1d'] : [];
        const suite = join(root, 'packages/tensorflow/scripts/run-tfjs-suite.mjs');
        const result = await run(process.execPath, [suite, ...words]);
        const counts = /^(\d+) passed, (\d+) failed.*$/m.exec(result.stdout);
        if (!counts) throw new Error(lastLine(result));
        return { right: Number(counts[2]) === 0, figures: `${counts[1]} passed, ${counts[2]} failed` };
      },
    },
    ...(reduced ? SMALL_MODELS : MODELS).flatMap((model) => [
      ...[bench(model, false), bench(model, true)],
      ...(xla ? [bench(model, false, 'xla'), bench(model, true, 'xla')] : []),
    ]),
    {
      name: 'host to device',
      limit: 300,
      async run(run) {
        const sizes = { ...clips, batch: reduced ? 2 : 24, steps: 2 * steps, products: reduced ? 1 : 16 };
        const { value } = await node(run, 'copies.mjs', sizes);
        const ms = (seconds) => `${(1e3 * seconds).toFixed(2)} ms`;
        const from = `${ms(value.shared_seconds)} from shared memory, ${ms(value.own_seconds)} from memory of its own`;
        const figures = [
          `${value.megabytes.toFixed(1)} MB in ${from}; a call with no input ${ms(value.call_seconds)}`,
          `a step of ${ms(value.step_seconds)} with them ${ms(value.step_with_clips_seconds)}`,
          `staged while the one before runs ${ms(value.step_with_clips_staged_seconds)}`,
        ];
        return { figures: figures.join(', ') };
      },
    },
    {
      name: 'memory over many steps',
      limit: 1800,
      async run(run) {
        const count = reduced ? 4 : 200;
        const memory = watchGpuMemory();
        const [model, batch] = reduced ? ['vit_tiny', 2] : ['vit_small', 24];
        const more = ['--vary', '--steps', `${count}`];
        const result = await vjepa(run, benchArguments(model, batch, more));
        const megabytes = memory.stop();
        if (result.code !== 0) throw new Error(lastLine(result));
        const { rss_mb: rss, compilations } = lastJson(result);
        const at = [1, 20, 50, 100, 200].filter((step) => step <= count);
        const figures = [
          `resident MB after steps ${at.join(', ')}: ${at.map((step) => rss[step - 1]).join(', ')}`,
          `${compilations} compilations`,
          ...(megabytes ? [`${megabytes} MB of the GPU's memory at most`] : []),
        ];
        return { right: rss.at(-1) < 1.25 * rss[Math.min(49, count - 1)], figures: figures.join('; ') };
      },
    },
    ...runParts({ reduced, output, vjepa }),
  ];
}

/** A model that compiles in seconds, for a driver without a GPU. */
const SMALL_RUN = [
  ...['data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8', 'data.batch_size=2'],
  ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
];

/** A run that is killed and resumed beside one that is not, then a probe on what it learned. */
function runParts({ reduced, output, vjepa }) {
  const folder = join(output, 'runs');
  const steps = reduced ? 8 : 60;
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  const pretrain = (run, videos, path, more = [], options = {}) => {
    const set = [
      ...[`data.datasets=[${videos.indexes.train.joint}]`, 'checkpoints.every=2', 'logging.console_every=1'],
      ...[`optimization.epochs=${steps / 2}`, 'optimization.ipe=2', 'optimization.warmup=0'],
      ...(reduced ? SMALL_RUN : []),
    ].flatMap((override) => ['--set', override]);
    const config = join(root, 'configs/pretrain/smoke.yaml');
    const args = ['pretrain', '--config', config, '--run', path, '--device', 'gpu', ...set, ...more];
    return vjepa(run, args, options);
  };
  return [
    {
      name: 'killed run',
      limit: 900,
      async run(run) {
        const videos = await generatedVideos(folder, reduced);
        const uninterrupted = await pretrain(run, videos, whole);
        const expected = losses(whole);
        if (expected.length === 0) throw new Error(lastLine(uninterrupted));
        for (const until of [steps / 4, steps / 2]) {
          const stopWhen = () => losses(killed).length > until && hasCheckpoint(killed);
          await pretrain(run, videos, killed, until > steps / 4 ? ['--resume'] : [], { stopWhen });
        }
        const end = await pretrain(run, videos, killed, ['--resume']);
        const found = losses(killed);
        const off = expected.reduce((most, loss, i) => Math.max(most, Math.abs(found[i] - loss) / Math.abs(loss)), 0);
        const complete = end.code === 0 && expected.length === steps && found.length === steps;
        const figures = `${found.length} of ${steps} steps after two kills, ${expected.length} without; losses off by ${off.toExponential(1)} at most`;
        return { right: complete && off < 1e-3, figures };
      },
    },
    {
      name: 'probe',
      limit: 900,
      async run(run) {
        const { indexes } = await generatedVideos(folder, reduced);
        const trained = [whole, killed].find(hasCheckpoint);
        if (trained === undefined) throw new Error('no run left a checkpoint: see the log of the killed run');
        const data = ['--run', trained, '--train', indexes.train.motion, '--val', indexes.test.motion];
        const epochs = ['--set', `optimization.num_epochs=${reduced ? 1 : 5}`];
        const result = await vjepa(run, ['evaluate', ...data, ...epochs, '--device', 'gpu', '--json']);
        if (result.code !== 0) throw new Error(lastLine(result));
        const [{ probes, chosen }] = lastJson(result).trainings;
        const top1 = probes[chosen].validation?.top1;
        if (top1 === undefined) return { right: false, figures: 'the probe diverged' };
        return { right: true, figures: `top-1 ${top1.toFixed(1)} %; chance is 25` };
      },
    },
  ];
}

async function generatedVideos(folder, reduced) {
  const load = (name) => import(pathToFileURL(join(root, 'packages', name, 'dist/index.js')).href);
  const [{ writeMovingShapes }, { encodeVideos }] = await Promise.all([load('benchmarks'), load('video')]);
  mkdirSync(folder, { recursive: true });
  const [train, test] = reduced ? [16, 16] : [256, 128];
  const directions = { directions: ['right', 'left', 'up', 'down'], rotations: ['none'], distractors: 0 };
  const looks = { shapes: ['square'], textures: ['stripes', 'checks', 'dots', 'rings'], background: 'plain' };
  const sizes = { seed: 1, size: 64, frames: 32, radius: [0.3, 0.4], counts: { train, test } };
  return writeMovingShapes(join(folder, 'videos'), { ...sizes, ...looks, ...directions }, { encode: encodeVideos });
}

/** Without one there is nothing to resume from. */
function hasCheckpoint(path) {
  const folder = join(path, 'checkpoints');
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.safetensors'));
}

/** Of every finished step of a run. */
function losses(path) {
  const file = join(path, 'metrics.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).loss);
}

/** What doctor says the first GPU has. */
async function gpuGigabytes(run, vjepa) {
  const findings = lastJson(await vjepa(run, ['doctor', '--device', 'gpu', '--json']));
  const detail = findings.find(({ name }) => name === 'NVIDIA driver')?.detail ?? '';
  const found = /([\d.]+) GiB\)/.exec(detail);
  if (!found) throw new Error(`doctor names no memory of a GPU: ${detail}`);
  return Number(found[1]);
}

/** What a program printed as JSON: all of its output, or its last line. */
function lastJson(result) {
  for (const text of [result.stdout, result.stdout.trimEnd().split('\n').at(-1)]) {
    try {
      return JSON.parse(text);
    } catch {
      // The other, then.
    }
  }
  throw new Error(lastLine(result));
}

/** Why a program ended, in its own words. */
function lastLine({ code, stdout, stderr }) {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return `ended with ${code}: ${(lines.find((line) => /^error:|Error: /.test(line)) ?? lines.at(-1) ?? 'it said nothing').slice(0, 300)}`;
}
