import type { StepRunner } from '@vjepa/engine';
import { collectFeatures, type FeatureExtractor, featureExtractor, liveFeatures } from '@vjepa/evaluation';
import { type ProbeSplit, probeSplit, ridgeClassifier } from '@vjepa/probe';
import { createClipLoader } from '@vjepa/video';
import { encoderParameterShapes } from '@vjepa/vit';
import { CommandError, reasonOf } from '../command-error.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { readVideos } from '../data/datasets.js';
import type { Engine } from '../engine/engine.js';
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
  const names = [...encoderParameterShapes(encoder).keys()];
  let extractor: FeatureExtractor | undefined;

  return {
    isDue: (step) => step === 1 || step % probe.every === 0 || step === totalSteps,
    async measure(train) {
      const begun = performance.now();
      const state = await train.readState(names.map((name) => `target_encoder.${name}`));
      const parameters = Object.fromEntries(names.map((name) => [name, state[`target_encoder.${name}`]!]));
      // Bound once, so that it is compiled once.
      if (extractor) await extractor.setParameters(parameters);
      else {
        const { batch_size: batchSize } = config.data;
        extractor = featureExtractor({ engine, encoder, parameters, pool: 'mean', batchSize });
      }
      const vectors = await pooledFeatures(extractor, config, split);
      return { ...held(split, vectors), probe_ms: performance.now() - begun };
    },
    dispose: () => extractor?.dispose(),
  };
}

/** The videos of a run's probe. @throws CommandError when the list cannot be read or has no two classes */
export async function runProbeSplit(probe: NonNullable<PretrainingConfig['probe']>): Promise<ProbeSplit> {
  const { dataset, videos, held_out } = probe;
  const list = await readVideos(dataset);
  try {
    return probeSplit(list, { most: videos, heldOutShare: held_out });
  } catch (error) {
    const remedy = 'name a labelled list in probe.dataset, or leave probe out';
    throw new CommandError(`${dataset}: ${reasonOf(error)}; ${remedy}`, { cause: error });
  }
}

/** Each video's features by its place in the split; undefined for a video that cannot be decoded. */
async function pooledFeatures(
  extractor: FeatureExtractor,
  config: PretrainingConfig,
  { videos }: ProbeSplit,
): Promise<(Float32Array | undefined)[]> {
  const { data } = config;
  const clip = { framesPerClip: data.num_frames, frameStep: data.sampling_rate, placement: 'center' } as const;
  const transform = { kind: 'evaluation', size: data.crop_size } as const;
  const loader = createClipLoader({
    videos,
    clip,
    transform,
    workers: decodeThreads(config),
    decoder: data.decoder,
    timeLimitMs: data.decode_time_limit * 1000,
    onBadVideo: 'report',
  });
  const arrangement = { frames: data.num_frames, segments: 1, views: 1, attendAcrossSegments: true, random: false };
  const source = liveFeatures({ entries: videos, recipe: { ...arrangement, clip, transform }, extractor, loader });
  try {
    return (await collectFeatures(source, videos.length)).features;
  } finally {
    await source.close();
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
