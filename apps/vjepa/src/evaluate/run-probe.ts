import { takeBranch } from '@vjepa/engine';
import { collectFeatures, type FeatureExtractor, featureExtractor, liveFeatures } from '@vjepa/evaluation';
import { type ProbeSplit, probeSplit, ridgeClassifier } from '@vjepa/probe';
import { duration, type Evaluator, type PretrainingPlan } from '@vjepa/training';
import { createClipLoader } from '@vjepa/video';
import { encoderParameterShapes } from '@vjepa/vit';
import { CommandError, reasonOf } from '../command-error.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { readVideos } from '../data/datasets.js';

type ProbeSettings = NonNullable<PretrainingConfig['probe']>;

/**
 * A probe beside the training: the centre clip of each of a few labelled videos through the frozen target encoder,
 * features averaged over the clip's tokens, and a linear classifier from one part of the videos to the other. A function
 * of the plan, the list and the parameters, with no random number shared with the training, so a run with probes and one
 * without, or a resumed one, train the same parameters.
 *
 * The metrics of a step that has one: `probe_accuracy`, the share of held-out videos whose class is read off, 0..1;
 * `probe_chance`, the same for always naming the commonest class; `probe_videos`, those that could be decoded; and
 * `probe_ms`.
 */
export function runProbe(settings: ProbeSettings): Evaluator {
  return {
    name: 'the probe',
    every: settings.every,
    async open({ engine, plan }) {
      const split = await runProbeSplit(settings);
      const { encoder } = plan;
      const names = [...encoderParameterShapes(encoder).keys()].map((name) => `target_encoder.${name}`);
      let extractor: FeatureExtractor | undefined;
      return {
        async measure(model, step) {
          const begun = performance.now();
          const parameters = takeBranch(await model.readState(names), 'target_encoder');
          // Bound once, so that it is compiled once.
          if (extractor) await extractor.setParameters(parameters);
          else {
            const { batchSize } = plan.settings;
            extractor = featureExtractor({ engine, encoder, parameters, pool: 'mean', batchSize });
          }
          const vectors = await pooledFeatures(extractor, plan, split);
          const metrics = { ...held(split, vectors), probe_ms: performance.now() - begun };
          const line =
            `probe      step ${step}: ${percent(metrics.probe_accuracy)} of ${metrics.probe_videos} held-out videos right ` +
            `(always the commonest class: ${percent(metrics.probe_chance)}), ${duration(metrics.probe_ms)}`;
          return { metrics, line };
        },
        dispose: () => extractor?.dispose(),
      };
    },
  };
}

/** The videos of a run's probe. @throws CommandError when the list cannot be read or has no two classes */
export async function runProbeSplit(probe: ProbeSettings): Promise<ProbeSplit> {
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
  { encoder, settings, workers }: PretrainingPlan,
  { videos }: ProbeSplit,
): Promise<(Float32Array | undefined)[]> {
  const { frameStep, decoder, timeLimitMs } = settings.clips;
  const clip = { framesPerClip: encoder.numFrames, frameStep, placement: 'center' } as const;
  const transform = { kind: 'evaluation', size: encoder.imageSize } as const;
  const loader = createClipLoader({
    videos,
    clip,
    transform,
    workers,
    decoder,
    timeLimitMs,
    onBadVideo: 'report',
  });
  const arrangement = { frames: encoder.numFrames, segments: 1, views: 1, attendAcrossSegments: true, random: false };
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

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
