import { join } from 'node:path';
import {
  type AvaBenchmark,
  type AvaKeyFrame,
  type DetectedBox,
  type DetectionResult,
  detectionMetric,
  type GroundTruthBox,
  loadAva,
} from '@vjepa/benchmarks';
import { writeSafetensors } from '@vjepa/checkpoints';
import { type Engine, flatten, type HostTensor } from '@vjepa/engine';
import { tokenCount } from '@vjepa/masks';
import {
  type IndexFingerprint,
  InputError,
  indexFingerprint,
  type ResultsFolder,
  Sentence,
  writeFileAtomically,
} from '@vjepa/training';
import { tokenGrid } from '@vjepa/vit';
import { encoderParameters } from '../evaluate/data-and-model.js';
import { decoderLine } from '../evaluate/decoder-line.js';
import { parametersDigest } from '../evaluate/feature-cache.js';
import { requirePaths } from '../evaluate/labelled-set.js';
import { featureExtractor } from '../features/feature-extractor.js';
import { checkResultsRun, type ResultsRunOptions } from '../results-run.js';
import { type ActionClassifier, bindClassifier, classify, examplesOf, trainClassifier } from './action-classifier.js';
import { type BoxFeatures, type BoxFeaturesOptions, boxFeatures } from './box-features.js';
import { type DetectionPlan, detectionRecord } from './detection-plan.js';

/** Tokens of the clips that pass the encoder together on a device, about. */
const TOKENS_AT_ONCE = 4096;

/** What `detect` is told: the plan, the folder and the engine are needed. */
export interface DetectOptions extends ResultsRunOptions {
  plan: DetectionPlan;
  /** Folder of the films' features. Default: `features` in the results' folder. */
  cache?: string | undefined;
  /** Films that may be missing or unreadable; what is in them counts as not found. Default 0. */
  allowMissing?: number | undefined;
}

/** What a detection has come to; one that was stopped goes on with `existing: 'resume'`. */
export type DetectionOutcome =
  | { folder: ResultsFolder; stopped: true }
  | ({ folder: ResultsFolder; stopped: false } & DetectionResults);

/** Frame mAP, and what it is about. */
export interface DetectionResults {
  result: DetectionResult;
  /** Films that could not be read, and why. */
  failures: BoxFeatures['failures'];
}

/**
 * Frozen action detection on AVA (V-JEPA, section 4.2 and appendix): features of four layers pooled over person boxes, a
 * linear classifier of 60 actions, frame mAP at an overlap of 0.5. Stopped or killed and resumed, it ends in the same
 * numbers, bit for bit.
 *
 * @throws InputError when files or sizes are wrong, when the folder is somebody else's, when too many films cannot be
 *   read, or when the training diverges; CheckpointError and BenchmarkError where a file is damaged
 */
export async function detect(options: DetectOptions): Promise<DetectionOutcome> {
  const { plan, signal, allowMissing = 0 } = options;
  const { encoder, layers, clips, data } = plan;
  const record = options.record ?? detectionRecord(plan);

  // ---- Folder: checked now, made when data and model are known to be right ----------------------------------------
  const files = {
    csv: join(options.folder, `${plan.tag}_r0.csv`),
    state: join(options.folder, 'training-state.safetensors'),
    classifier: join(options.folder, 'classifier.safetensors'),
  };
  const run = await checkResultsRun(options, { kind: plan.kind, record, work: [files.state, files.classifier] });
  const { folder, log } = run;

  // ---- Data and model ---------------------------------------------------------------------------------------------
  requirePaths([
    ['data.annotations', data.annotations],
    ['data.videos', data.videos],
    ['data.proposals', data.proposals],
    ['checkpoint', plan.checkpoint ?? undefined],
  ]);
  const { train, validation } = await readAnnotations(plan);
  const parameters = await encoderParameters(plan, log);

  // ---- Engine -----------------------------------------------------------------------------------------------------
  const engine = await run.openEngine();
  const tested = validation.proposals ?? validation.keyFrames;
  const weights = parametersDigest(parameters);
  const sets = { 'training boxes': boxes(train.keyFrames), 'validation boxes': boxes(tested) };
  using _lock = await run.start(engine, { sets, weights: { encoder: weights } });
  log(await decoderLine(plan.loading.decoder));
  log(`features of blocks ${layers.join(', ')} of ${encoder.depth}`);

  // ---- Features of every box; a linear classifier, and its detections ---------------------------------------------
  const results = await run.untilStopped(async (): Promise<DetectionResults> => {
    const settings = {
      ...{ encoder, layers, weights, precision: engine.precision },
      ...{ frames_per_clip: clips.frames, frame_step: clips.frameStep, video_start: data.videoStart },
    };
    const common = {
      ...{ plan, settings, allowMissing, log, signal },
      folder: options.cache ?? join(folder.path, 'features'),
    };
    const sets = { train: train.keyFrames, tested };
    const features = await featuresOfSets(engine, parameters, common, sets);
    const ids = [...validation.classes.keys()];
    const { width } = features;
    const examples = examplesOf(train.keyFrames, features.train, width);
    requireExamples(examples.length, features.train);
    const classifier = bindClassifier(engine, width, ids.length, plan.seed);
    try {
      await trainClassifier({
        ...{ plan, classifier, examples, ids, width, files, folder, log, signal },
        observers: run.observers,
        resume: run.resume,
      });
      const result = await score(classifier, validation, tested, features.tested, ids, width);
      const linear = flatten<HostTensor>(await classifier.readState(['linear']));
      await writeSafetensors(files.classifier, linear, { action_ids: JSON.stringify(ids) });
      return { result, failures: [...features.train.failures, ...features.tested.failures] };
    } finally {
      classifier.dispose();
    }
  });
  if (results === undefined) return { folder, stopped: true };
  const failures = results.failures.map(({ video, reason }) => ({ video, reason: String(reason) }));
  const told = { config: record.settings, path: folder.path, result: results.result, failures };
  writeFileAtomically(folder.results, `${JSON.stringify(told, null, 2)}\n`);
  return { folder, stopped: false, ...results };
}

/** The annotations of the training films, and of the validation films with the boxes to classify. */
async function readAnnotations({ data }: DetectionPlan): Promise<{ train: AvaBenchmark; validation: AvaBenchmark }> {
  const { annotations: root, classes: expectedClasses, minimumScore, proposals } = data;
  const train = await loadAva({ split: 'train', root, expectedClasses });
  const boxes = { minimumScore, ...(proposals === undefined ? {} : { proposals }) };
  return { train, validation: await loadAva({ split: 'val', root, expectedClasses, ...boxes }) };
}

/** The fingerprint of people's boxes and actions. */
function boxes(keyFrames: readonly AvaKeyFrame[]): IndexFingerprint {
  const people = keyFrames.flatMap(({ frame, people }) => people.map((person) => ({ frame, ...person })));
  return indexFingerprint(people.map((person) => ({ path: JSON.stringify(person), label: 0 })));
}

/** Features of the boxes of two sets of key frames, of one extractor, which is gone afterwards. */
async function featuresOfSets(
  engine: Engine,
  parameters: Record<string, HostTensor<Float32Array>>,
  common: Omit<BoxFeaturesOptions, 'extractor' | 'grid' | 'keyFrames'>,
  sets: { train: readonly AvaKeyFrame[]; tested: readonly AvaKeyFrame[] },
): Promise<{ train: BoxFeatures; tested: BoxFeatures; width: number }> {
  const { encoder, layers } = common.plan;
  const grid = tokenGrid(encoder);
  const extractor = featureExtractor({
    ...{ engine, encoder, parameters, layers },
    batchSize: engine.devices * Math.max(1, Math.min(8, Math.floor(TOKENS_AT_ONCE / tokenCount(grid)))),
  });
  try {
    const train = await boxFeatures({ ...common, extractor, grid, keyFrames: sets.train });
    const tested = await boxFeatures({ ...common, extractor, grid, keyFrames: sets.tested });
    return { train, tested, width: extractor.width };
  } finally {
    extractor.dispose();
  }
}

/** @throws InputError where there is nothing to train on */
function requireExamples(count: number, { failures }: BoxFeatures): void {
  if (count > 0) return;
  const reasons = failures.slice(0, 10).flatMap(({ reason }) => ['\n  ', reason]);
  throw new InputError({
    problem: Sentence.of(['there is no one to train on: none of the training films can be read', ...reasons]),
  });
}

/** Every box with every action's logit, which tells apart what a probability rounds to 1, against the annotations. */
async function score(
  classifier: ActionClassifier,
  { keyFrames, classes, excludedFrames }: AvaBenchmark,
  tested: readonly AvaKeyFrame[],
  { byVideo }: BoxFeatures,
  ids: readonly number[],
  width: number,
): Promise<DetectionResult> {
  const metric = detectionMetric({ classes, excludedFrames });
  metric.addGroundTruth(
    keyFrames.flatMap(({ frame, people }) =>
      people.flatMap(({ box, actions }) => actions.map((label): GroundTruthBox => ({ frame, box, label }))),
    ),
  );
  for (const [video, features] of byVideo) {
    const logits = await classify(classifier, features, width, ids.length);
    const people = tested.filter((keyFrame) => keyFrame.video === video).flatMap(peopleInFrame);
    metric.addDetections(
      people.flatMap(({ frame, box }, row) =>
        ids.map((label, c): DetectedBox => ({ frame, box, label, score: logits[row * ids.length + c]! })),
      ),
    );
  }
  return metric.result();
}

function peopleInFrame({ frame, people }: AvaKeyFrame) {
  return people.map(({ box }) => ({ frame, box }));
}
