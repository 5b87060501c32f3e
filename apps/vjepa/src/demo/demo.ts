import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type MovingShapesFiles, type MovingShapesFolder, readVideoIndex, writeMovingShapes } from '@vjepa/benchmarks';
import type { FloatTensor } from '@vjepa/engine';
import { extractFeatures, type LinearAccuracies, linearAccuracies, loadEncoder } from '@vjepa/evaluation';
import type { LabelledVectors } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { duration, makeFolder, type PretrainingPlan, textTable } from '@vjepa/training';
import { encodeVideos } from '@vjepa/video';
import { initializeClipEncoder } from '@vjepa/vit';
import { CommandError } from '../command-error.js';
import { runPretraining } from '../commands/run-pretraining.js';
import type { Override } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';
import { type Engine, type EngineOptions, openEngine } from '../engine/engine.js';
import { report } from '../report/report.js';
import { demoConfig } from './demo-config.js';

export interface DemoOptions extends EngineOptions {
  set?: Override[];
  /** Folder for the videos and the runs. */
  folder: string;
}

/** What the videos show: 4 appearances x 4 motions; no single frame shows the motion. */
export const demoVideos: MovingShapesFiles = {
  seed: 1,
  size: 64,
  frames: 16,
  shapes: ['square'],
  textures: ['stripes', 'checks', 'dots', 'rings'],
  directions: ['right', 'left', 'up', 'down'],
  rotations: ['none'],
  background: 'plain',
  distractors: 0,
  radius: [0.3, 0.4],
  counts: { train: 512, test: 512 },
};

/**
 * The whole story in minutes: generates labelled videos, pretrains a small encoder on them without looking at the
 * labels, then fits the same linear classifier to frozen features of that encoder and of one with random weights.
 */
export async function demo(
  options: DemoOptions,
): Promise<{ random: LinearAccuracies; target: LinearAccuracies; context: LinearAccuracies }> {
  const begun = performance.now();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  makeFolder(options.folder, 'name another with --folder');

  say('1. Videos: shapes that move; the label is appearance x motion, and no single frame shows the motion.');
  const videos = await generateVideos(join(options.folder, 'demo-videos'), say);

  say('2. Pretraining: predict the features of masked regions. No labels are used.');
  const run = freshFolder(join(options.folder, 'demo'));
  const config = demoConfig([
    { path: ['data', 'datasets'], value: [videos.indexes.train!.joint!] },
    { path: ['logging', 'folder'], value: run },
    ...(options.set ?? []),
  ]);
  const { checkpoint } = await runPretraining({
    config,
    run,
    existing: 'refuse',
    engine: options,
    print: (line) => say(`   ${line}`),
  });

  say(
    '3. Probes: the same linear classifier on frozen features of an encoder with random weights and of the pretrained one.',
  );
  const engine = await openEngine({ ...options, precision: 'float32' });
  const plan = planOf(config);
  const trained = async (key: string) => (await loadEncoder(checkpoint, plan.encoder, { key })).parameters;
  const untrained = initializeClipEncoder(plan.encoder, mersenneTwister(plan.settings.seed));
  const random = await probeEncoder(engine, plan, videos, untrained);
  const target = await probeEncoder(engine, plan, videos, await trained('target_encoder'));
  const context = await probeEncoder(engine, plan, videos, await trained('encoder'));

  const row = (name: string, { appearance, motion }: LinearAccuracies) => [name, percent(appearance), percent(motion)];
  process.stdout.write(
    `\n${textTable(
      ['frozen encoder', 'appearance', 'motion'],
      [
        row('chance', { appearance: 1 / 4, motion: 1 / 4 }),
        row('random weights', random),
        row('pretrained: target encoder', target),
        row('pretrained: context encoder', context),
      ],
    )}\n\n`,
  );
  const gain = (encoder: LinearAccuracies) =>
    (['appearance', 'motion'] as const)
      .map((kind) => `${((encoder[kind] - random[kind]) * 100).toFixed(1)} points on ${kind}`)
      .join(', ');
  say(`   Pretraining without labels changed what a linear layer can read of the context encoder by ${gain(context)};`);
  say(`   of the target encoder, its average, which is still on its way in a run this short, by ${gain(target)}.`);
  say('4. Report: everything about the pretraining run on one page. Open it in a browser.');
  await report(run, options);
  say(`run folder: ${run}; ${duration(performance.now() - begun)} in all`);
  return { random, target, context };
}

async function generateVideos(folder: string, say: (line: string) => void): Promise<MovingShapesFolder> {
  let lastTenth = 0;
  return writeMovingShapes(folder, demoVideos, {
    encode: encodeVideos,
    concurrency: 2,
    onProgress({ done, total }) {
      const tenth = Math.floor((4 * done) / total);
      if (tenth > lastTenth) say(`   ${done} of ${total} videos in ${folder}`);
      lastTenth = tenth;
    },
  });
}

/** `path`, or the first of `path-2`, `path-3`, … that is not there yet. */
function freshFolder(path: string): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? path : `${path}-${n}`;
    if (!existsSync(candidate)) return candidate;
  }
}

/** Frozen features of all videos, once; then a linear classifier for each kind of label. */
async function probeEncoder(
  engine: Engine,
  plan: PretrainingPlan,
  videos: MovingShapesFolder,
  parameters: Record<string, FloatTensor>,
): Promise<LinearAccuracies> {
  const train = await splitFeatures(engine, plan, videos.indexes.train!.joint!, parameters);
  const test = await splitFeatures(engine, plan, videos.indexes.test!.joint!, parameters);
  const { appearance, motion } = videos.classNames;
  return linearAccuracies(train, test, { appearances: appearance!.length, motions: motion!.length });
}

/** Each video's features, averaged over its tokens, and its label. */
async function splitFeatures(
  engine: Engine,
  plan: PretrainingPlan,
  indexFile: string,
  parameters: Record<string, FloatTensor>,
): Promise<LabelledVectors> {
  const { encoder, settings } = plan;
  const { frameStep, decoder } = settings.clips;
  const { features, videos, failures } = await extractFeatures({
    ...{ engine, encoder, parameters, frameStep, decoder, pool: 'mean', batchSize: 32, workers: 1 },
    videos: await readVideoIndex(indexFile),
  });
  if (failures.length > 0) throw new CommandError(failures[0]!.reason);
  return { vectors: features.filter((vector) => vector !== undefined), labels: videos.map(({ label }) => label) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
