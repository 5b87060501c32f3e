import { readDatasets } from '@vjepa/benchmarks';
import { type ProbeSplit, probeSplit, ridgeClassifier } from '@vjepa/probe';
import {
  duration,
  type Evaluator,
  InputError,
  option,
  type PretrainingPlan,
  reasonOf,
  sentence,
} from '@vjepa/training';
import { type ClipRecipe, recipeLoader } from './evaluate/clip-recipe.js';
import { liveFeatures } from './evaluate/live-features.js';
import { collectFeatures } from './features/extract-features.js';
import { type FeatureExtractor, featureExtractor } from './features/feature-extractor.js';

/** Which videos a run's probe is of, and when it is asked. */
export interface RunProbeSettings {
  /** Labelled videos: a list, shards, or a folder of class folders. */
  dataset: string;
  /** Steps between two probes; the first and the last step have one, too. Default 1000. */
  every?: number | undefined;
  /** Videos that are used, spread over the classes. Default 512. */
  videos?: number | undefined;
  /** The share of these that the probe is tested on. Default 0.25. */
  heldOut?: number | undefined;
}

/**
 * A probe beside the training: the centre clip of each of a few labelled videos through the frozen target encoder (the
 * encoder, where pixels are predicted), features averaged over the clip's tokens, and a linear classifier from one part of the videos to the other. A function
 * of the plan, the list and the parameters, with no random number shared with the training, so a run with probes and one
 * without, or a resumed one, train the same parameters.
 *
 * The metrics of a step that has one: `probe_accuracy`, the share of held-out videos whose class is read off, 0..1;
 * `probe_chance`, the same for always naming the commonest class; `probe_videos`, those that could be decoded; and
 * `probe_ms`.
 */
export function runProbe(settings: RunProbeSettings): Evaluator {
  return {
    name: 'the probe',
    every: settings.every ?? 1000,
    async open({ engine, plan }) {
      const split = await runProbeSplit(settings);
      const { encoder } = plan;
      const probed = plan.hasTargetEncoder ? 'targetEncoder' : 'encoder';
      let extractor: FeatureExtractor | undefined;
      return {
        async measure(model, step) {
          const begun = performance.now();
          const { [probed]: parameters } = await model.readState([probed]);
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

/**
 * The videos of a run's probe.
 *
 * @throws InputError when the list cannot be read or has no two classes
 */
export async function runProbeSplit({ dataset, videos = 512, heldOut = 0.25 }: RunProbeSettings): Promise<ProbeSplit> {
  const lists = await readDatasets([dataset]).catch((error: unknown) => {
    throw new InputError({ problem: reasonOf(error), code: 'videos', cause: error });
  });
  try {
    const listed = lists.flatMap((list) => list.videos);
    return probeSplit(listed, { most: videos, heldOutShare: heldOut });
  } catch (error) {
    const remedy = sentence`name a labelled list in ${option('probe.dataset')}, or leave probe out`;
    throw new InputError({ subject: dataset, problem: reasonOf(error), remedy, cause: error });
  }
}

/** Each video's features by its place in the split; undefined for a video that cannot be decoded. */
async function pooledFeatures(
  extractor: FeatureExtractor,
  { encoder, settings, workers }: PretrainingPlan,
  { videos }: ProbeSplit,
): Promise<(Float32Array | undefined)[]> {
  const { frameStep, decoder, timeLimitMs } = settings.clips;
  const recipe: ClipRecipe = {
    ...{ frames: encoder.numFrames, segments: 1, views: 1, attendAcrossSegments: true, random: false },
    // A short video's last frame is repeated, as in the training.
    clip: { framesPerClip: encoder.numFrames, frameStep, placement: 'center' },
    transform: { kind: 'evaluation', size: encoder.imageSize },
  };
  const loader = recipeLoader({ workers, decoder, timeLimitMs }, 0, videos, recipe, 'report');
  const source = liveFeatures({ entries: videos, recipe, extractor, loader });
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
