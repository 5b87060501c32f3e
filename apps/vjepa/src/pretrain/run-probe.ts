import * as tf from '@tensorflow/tfjs-core';
import { clipFeatures } from '@vjepa/probe';
import type { HostTensor, StepFunction } from '@vjepa/tensorflow';
import { createClipLoader } from '@vjepa/video';
import { encoderParameterShapes, selectParameters } from '@vjepa/vit';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { readVideos } from '../data/datasets.js';
import type { Engine } from '../engine/engine.js';
import type { StepRunner } from '../engine/step-runner.js';
import { type ProbeSplit, probeSplit } from '../probe/probe-split.js';
import { ridgeClassifier } from '../probe/ridge-classifier.js';
import { pretrainingModel } from './model.js';
import { decodeThreads } from './pretraining-loader.js';

/** What a probe found, in the names of `metrics.jsonl`. */
export interface ProbeMetrics {
  /** Share of held-out videos whose class a linear classifier reads off the frozen target encoder, 0..1. */
  probe_accuracy: number;
  /** The same for always naming the commonest class. */
  probe_chance: number;
  /** Held-out videos that could be decoded. */
  probe_videos: number;
  probe_ms: number;
}

/** Measures, now and then during a run, what the target encoder has learned. */
export interface RunProbe {
  /** Whether a step, counted from 1, has a probe: the first, the last and every `probe.every`-th. */
  isDue(step: number): boolean;
  /**
   * Reads the target encoder from a training step's state, which stays as it is.
   *
   * @throws Error when features or classes cannot be had, such as when the videos are gone
   */
  measure(train: Pick<StepRunner, 'readState'>): Promise<ProbeMetrics>;
  dispose(): void;
}

/**
 * The probe of a run's config, if it has one: the centre clip of each of a few labelled videos through the frozen
 * target encoder, features averaged over the clip's tokens, and a linear classifier from one part of the videos to the
 * other. A function of the config, the list and the parameters, with no random number shared with the training, so a
 * run with probes and one without, or a resumed one, train the same parameters.
 *
 * @throws CommandError when the list cannot be read or has no two classes
 */
export async function runProbe(
  config: PretrainingConfig,
  engine: Engine,
  totalSteps: number,
): Promise<RunProbe | undefined> {
  const { probe } = config;
  if (probe === null) return undefined;
  const split = await runProbeSplit(probe);
  const { encoder } = pretrainingModel(config);
  const names = [...encoderParameterShapes(encoder).keys()].map((name) => `target_encoder.${name}`);
  /** Features averaged over a clip's tokens: [B, T, H, W, 3] -> [B, D]. */
  const forward: StepFunction = (state, { clips }) => ({
    state: {},
    outputs: { pooled: tf.mean(clipFeatures(encoder, selectParameters(state, 'target_encoder.'), clips!), 1) },
  });
  let run: StepRunner | undefined;

  return {
    isDue: (step) => step === 1 || step % probe.every === 0 || step === totalSteps,
    async measure(train) {
      const begun = performance.now();
      const parameters = await train.readState(names);
      // Bound once, so that it is compiled once.
      if (run) await run.writeState(parameters);
      else run = engine.bind(forward, parameters);
      const vectors = await pooledFeatures(run, config, split);
      return { ...held(split, vectors), probe_ms: performance.now() - begun };
    },
    dispose: () => run?.dispose(),
  };
}

/** The videos of a run's probe. @throws CommandError when the list cannot be read or has no two classes */
export async function runProbeSplit(probe: NonNullable<PretrainingConfig['probe']>): Promise<ProbeSplit> {
  const { dataset, videos, held_out } = probe;
  return probeSplit(await readVideos(dataset), { most: videos, heldOutShare: held_out, source: dataset });
}

/** Each video's features by its place in the split; undefined for a video that cannot be decoded. */
async function pooledFeatures(
  run: StepRunner,
  config: PretrainingConfig,
  { videos }: ProbeSplit,
): Promise<(Float32Array | undefined)[]> {
  const { data } = config;
  const loader = createClipLoader({
    videos,
    clip: { framesPerClip: data.num_frames, frameStep: data.sampling_rate, placement: 'center' },
    transform: { kind: 'evaluation', size: data.crop_size },
    workers: decodeThreads(config),
    decoder: data.decoder,
    timeLimitMs: data.decode_time_limit * 1000,
    onBadVideo: 'report',
  });
  const vectors: (Float32Array | undefined)[] = [];
  try {
    for await (const batch of loader.batches(everyVideo(videos.length, data.batch_size))) {
      const { pooled } = await run({ clips: { shape: batch.shape, data: batch.clips } });
      const [rows, dim] = pooled!.shape as [number, number];
      const bad = new Set(batch.failures.map(({ position }) => position));
      for (let row = 0; row < rows && vectors.length < videos.length; row++) {
        const vector = (pooled as HostTensor).data.slice(row * dim, (row + 1) * dim) as Float32Array;
        vectors.push(bad.has(row) ? undefined : vector);
      }
      batch.release();
    }
  } finally {
    await loader.close();
  }
  return vectors;
}

/** Batches of one size, so that the encoder is compiled once: the last is filled up from the beginning. */
function* everyVideo(videos: number, batchSize: number) {
  for (let start = 0; start < videos; start += batchSize) {
    yield Array.from({ length: batchSize }, (_, i) => ({ index: (start + i) % videos, epoch: 0, draw: start + i }));
  }
}

/** Learns from one part of the videos and is tested on the other. */
function held({ videos, numClasses }: ProbeSplit, vectors: readonly (Float32Array | undefined)[]) {
  const part = (heldOut: boolean) => {
    const chosen = videos.flatMap((video, i) => {
      const vector = vectors[i];
      return video.heldOut === heldOut && vector ? [{ vector, label: video.label }] : [];
    });
    return { vectors: chosen.map(({ vector }) => vector), labels: chosen.map(({ label }) => label) };
  };
  const [train, test] = [part(false), part(true)];
  if (train.labels.length === 0 || test.labels.length === 0) {
    throw new Error(`of ${videos.length} videos ${train.labels.length + test.labels.length} can be decoded, too few`);
  }
  const answers = ridgeClassifier(train, numClasses)(test.vectors);
  const counts = Array.from({ length: numClasses }, (_, c) => train.labels.filter((label) => label === c).length);
  const commonest = counts.indexOf(Math.max(...counts));
  const share = (right: (label: number, i: number) => boolean) => test.labels.filter(right).length / test.labels.length;
  return {
    probe_accuracy: share((label, i) => answers[i] === label),
    probe_chance: share((label) => label === commonest),
    probe_videos: test.labels.length,
  };
}
