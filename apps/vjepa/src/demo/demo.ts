import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type MovingShapesFiles, type MovingShapesFolder, writeMovingShapes } from '@vjepa/benchmarks';
import { mersenneTwister } from '@vjepa/masks';
import { type ClipLoader, createClipLoader, encodeVideo } from '@vjepa/video';
import { initializeEncoder } from '@vjepa/vit';
import type { Override } from '../config/override.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { readIndexFile } from '../data/index-file.js';
import { type Engine, type EngineOptions, openEngine } from '../engine/engine.js';
import { extractFeatures } from '../features/extract-features.js';
import type { FeatureSet } from '../features/feature-set.js';
import { pretrainingModel } from '../pretrain/model.js';
import { duration } from '../pretrain/progress-line.js';
import { pretrain } from '../pretrain/trainer.js';
import { trainProbe } from '../probe/train-probe.js';
import { report } from '../report/report.js';
import { loadCheckpoint } from '../run/checkpoint-store.js';
import { textTable } from '../text-table.js';
import { demoConfig } from './demo-config.js';

export interface DemoOptions extends EngineOptions {
  set?: Override[];
  /** Folder for the videos and the runs. */
  folder: string;
}

/** What the videos show: 4 appearances x 4 motions, 16 classes that no single frame tells apart. */
export const demoVideos: MovingShapesFiles = {
  seed: 1,
  size: 72,
  frames: 24,
  shapes: ['square', 'star', 'cross', 'crescent'],
  textures: ['solid'],
  directions: ['right', 'left', 'up', 'down'],
  rotations: ['none'],
  distractors: 1,
  counts: { train: 384, test: 192 },
};

export interface Accuracies {
  joint: number;
  appearance: number;
  motion: number;
}

/**
 * The whole story in minutes: generates labelled videos, pretrains a small encoder on them without looking at the
 * labels, then trains the same probe on frozen features of that encoder and of one with random weights.
 */
export async function demo(options: DemoOptions): Promise<{ random: Accuracies; pretrained: Accuracies }> {
  const begun = performance.now();
  const say = (line: string) => process.stderr.write(`${line}\n`);

  say('1. Videos: shapes that move; the label is appearance x motion, and no single frame shows the motion.');
  const videos = await generateVideos(join(options.folder, 'demo-videos'), say);

  say('2. Pretraining: predict the features of masked regions. No labels are used.');
  const run = freshFolder(join(options.folder, 'demo'));
  const config = demoConfig([
    { path: ['data', 'datasets'], value: [videos.indexes.train!.joint!] },
    { path: ['logging', 'folder'], value: run },
    ...(options.set ?? []),
  ]);
  const { checkpoint } = await pretrain({
    config,
    run,
    existing: 'refuse',
    engine: options,
    print: (line) => say(`   ${line}`),
  });

  say('3. Probes: the same attentive probe on frozen features of a random and of the pretrained encoder.');
  const engine = await openEngine({ ...options, precision: 'float32' });
  const { encoder } = pretrainingModel(config);
  const { state } = await loadCheckpoint(checkpoint);
  const random = await probeEncoder(
    engine,
    config,
    videos,
    initializeEncoder(encoder, mersenneTwister(config.meta.seed)),
    say,
  );
  const pretrained = await probeEncoder(engine, config, videos, withoutPrefix(state, 'target_encoder.'), say);

  const row = (name: string, { joint, appearance, motion }: Accuracies) => [
    name,
    ...[joint, appearance, motion].map(percent),
  ];
  process.stdout.write(
    `\n${textTable(
      ['frozen encoder', 'appearance x motion', 'appearance', 'motion'],
      [
        row('chance', { joint: 1 / 16, appearance: 1 / 4, motion: 1 / 4 }),
        row('random weights', random),
        row('pretrained', pretrained),
      ],
    )}\n\n`,
  );
  say('4. Report: everything about the pretraining run on one page. Open it in a browser.');
  await report(run, options);
  say(`run folder: ${run}; ${duration(performance.now() - begun)} in all`);
  return { random, pretrained };
}

async function generateVideos(folder: string, say: (line: string) => void): Promise<MovingShapesFolder> {
  let lastTenth = 0;
  return writeMovingShapes(folder, demoVideos, {
    encode: encodeVideo,
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

type Parameters = Record<string, { shape: number[]; data: Float32Array }>;

function withoutPrefix(state: Record<string, { shape: number[]; data: unknown }>, prefix: string): Parameters {
  const entries = Object.entries(state).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor])) as Parameters;
}

async function probeEncoder(
  engine: Engine,
  config: PretrainingConfig,
  videos: MovingShapesFolder,
  parameters: Parameters,
  say: (line: string) => void,
): Promise<Accuracies> {
  const { encoder } = pretrainingModel(config);
  const sets: FeatureSet[] = [];
  const t0 = performance.now();
  for (const split of ['train', 'test'] as const) {
    const index = readIndexFile(videos.indexes[split]!.joint!);
    const loader = evaluationLoader(config, index);
    try {
      sets.push(await extractFeatures({ engine, encoder, parameters, loader, videos: index.length, batchSize: 16 }));
    } finally {
      await loader.close();
    }
  }
  const t1 = performance.now();
  const [train, test] = sets as [FeatureSet, FeatureSet];
  const motions = videos.classNames.motion!.length;
  const { predictions, accuracy, trainAccuracy } = await trainProbe({
    engine,
    train,
    test,
    numHeads: encoder.numHeads,
    numClasses: videos.classNames.joint!.length,
    epochs: Number(process.env.DEMO_EPOCHS ?? 20),
    batchSize: 32,
    learningRate: Number(process.env.DEMO_LR ?? 1e-3),
    weightDecay: 0.01,
    seed: config.meta.seed,
  });
  say(
    `   probe: train ${percent(trainAccuracy)}, test ${percent(accuracy)}; features ${duration(t1 - t0)}, probe ${duration(performance.now() - t1)}`,
  );
  const share = (same: (predicted: number, label: number) => boolean) =>
    predictions.reduce((sum, predicted, i) => sum + Number(same(predicted, test.labels[i]!)), 0) / predictions.length;
  return {
    joint: accuracy,
    appearance: share((a, b) => Math.floor(a / motions) === Math.floor(b / motions)),
    motion: share((a, b) => a % motions === b % motions),
  };
}

function evaluationLoader({ data }: PretrainingConfig, videos: ReturnType<typeof readIndexFile>): ClipLoader {
  return createClipLoader({
    videos,
    clip: { framesPerClip: data.num_frames, frameStep: data.sampling_rate, placement: 'center' },
    transform: { kind: 'evaluation', size: data.crop_size },
    workers: 1,
    decoder: data.decoder,
    onBadVideo: 'error',
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
