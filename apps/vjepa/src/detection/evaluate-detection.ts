import { existsSync } from 'node:fs';
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
import { type StepRunner, scalarOf } from '@vjepa/engine';
import { decoderLine, featureExtractor, parametersDigest } from '@vjepa/evaluation';
import { tokenCount } from '@vjepa/masks';
import { initialMoments, learningRateSchedule } from '@vjepa/optim';
import { mersenneTwister } from '@vjepa/random';
import {
  checkResultsFolder,
  claimResultsFolder,
  createRunLog,
  type ExistingRun,
  type IndexFingerprint,
  indexFingerprint,
  recordSession,
  writeFileAtomically,
} from '@vjepa/training';
import { sampleOrder } from '@vjepa/video';
import { tokenGrid } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { CommandError } from '../command-error.js';
import { configRecord } from '../config/config-record.js';
import type { DetectionConfig } from '../config/detection-config.js';
import { pretrainedEncoder } from '../config/pretrained-encoder.js';
import { MAY_CHANGE, resultsFolderOf } from '../config/results-folder.js';
import { type Engine, type EngineOptions, openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { type BoxFeatures, boxFeatures } from './box-features.js';
import { multiLabelStep } from './multi-label-step.js';

/** Tokens of the clips that pass the encoder together on a device, about. */
const TOKENS_AT_ONCE = 4096;

export interface DetectionOptions {
  config: DetectionConfig;
  notes?: readonly string[];
  run?: string | undefined;
  cache?: string | undefined;
  /** Films that may be missing or unreadable; what is in them counts as not found. */
  allowMissing: number;
  /** What becomes of an earlier evaluation in the folder. Default: refuse. */
  existing?: ExistingRun | undefined;
  engine: EngineOptions;
  print?: (line: string) => void;
}

export interface DetectionOutcome {
  path: string;
  result: DetectionResult;
  failures: BoxFeatures['failures'];
}

/**
 * Frozen action detection on AVA (V-JEPA, section 4.2 and appendix): features of four layers pooled over person boxes, a
 * linear classifier of 60 actions, frame mAP at an overlap of 0.5.
 */
export async function evaluateDetection(options: DetectionOptions): Promise<DetectionOutcome> {
  const { config, allowMissing } = options;
  const log = createRunLog({ print: options.print, nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);

  // ---- Folder: checked now, made when data and model are known to be right ------------------------------------------
  const folder = resultsFolderOf(config, options.run);
  const { path } = folder;
  const classifierFile = join(path, 'classifier.safetensors');
  const { existing = 'refuse' } = options;
  const record = configRecord(config);
  const claim = { folder, record, kind: config.eval_name, work: [classifierFile], existing, say: log };
  await checkResultsFolder(claim);

  // ---- Data and model -----------------------------------------------------------------------------------------------
  const encoder = pretrainedEncoder(
    { ...config.pretrain, frames_per_clip: config.data.frames_per_clip },
    config.optimization.resolution,
  );
  const layers = detectionLayers(config, encoder.depth);
  const checkpoint = join(config.pretrain.folder, config.pretrain.checkpoint);
  requirePaths(config, checkpoint);
  const { annotations: root, num_classes: expectedClasses, proposals, minimum_score: minimumScore } = config.data;
  const train = await loadAva({ split: 'train', root, expectedClasses });
  const validation = await loadAva({
    split: 'val',
    root,
    expectedClasses,
    minimumScore,
    ...(proposals === null ? {} : { proposals }),
  });
  const { parameters, notes } = await loadEncoder(checkpoint, encoder, config.pretrain.checkpoint_key);
  for (const note of notes) log(`note: ${note}`);

  // ---- Features of every box ----------------------------------------------------------------------------------------
  const precision = config.optimization.use_bfloat16 ? 'bfloat16' : 'float32';
  const engine = await openEngine({ ...options.engine, precision, bfloat16Setting: 'optimization.use_bfloat16: true' });
  const tested = validation.proposals ?? validation.keyFrames;
  const weights = parametersDigest(parameters);
  const sets = { 'training boxes': boxes(train.keyFrames), 'validation boxes': boxes(tested) };
  using _lock = await claimResultsFolder({
    ...claim,
    mayChange: MAY_CHANGE,
    experiment: { config, sets, weights: { encoder: weights } },
  });
  recordSession(folder.environment, { engine, version: packageVersion() });
  log.writeTo(folder.console);
  log(engine.description);
  log(await decoderLine(config.decoder));
  log(`features of blocks ${layers.join(', ')} of ${encoder.depth}`);
  const grid = tokenGrid(encoder);
  const extractor = featureExtractor({
    ...{ engine, encoder, parameters, layers },
    batchSize: engine.devices * Math.max(1, Math.min(8, Math.floor(TOKENS_AT_ONCE / tokenCount(grid)))),
  });
  const { frames_per_clip, frame_step, video_start } = config.data;
  const common = {
    config,
    extractor,
    grid,
    allowMissing,
    log,
    folder: options.cache ?? join(path, 'features'),
    settings: { encoder, layers, weights, precision: engine.precision, frames_per_clip, frame_step, video_start },
  };
  let trainFeatures: BoxFeatures;
  let testFeatures: BoxFeatures;
  try {
    trainFeatures = await boxFeatures({ ...common, keyFrames: train.keyFrames });
    testFeatures = await boxFeatures({ ...common, keyFrames: tested });
  } finally {
    extractor.dispose();
  }

  // ---- A linear classifier, and its detections ----------------------------------------------------------------------
  const ids = [...validation.classes.keys()];
  const examples = peopleOf(train.keyFrames, trainFeatures, extractor.width);
  if (examples.length === 0) {
    const reasons = trainFeatures.failures.slice(0, 10).map(({ reason }) => `\n  ${reason}`);
    throw new CommandError(`there is no one to train on: none of the training films can be read${reasons.join('')}`);
  }
  const classifier = bindClassifier(engine, extractor.width, ids.length, config.seed);
  try {
    await trainClassifier(classifier, config, examples, ids, extractor.width, log);
    const result = await detect(classifier, validation, tested, testFeatures, ids, extractor.width);
    const { 'linear.weight': weight, 'linear.bias': bias } = await classifier.readState();
    await writeSafetensors(
      classifierFile,
      { 'linear.weight': weight!, 'linear.bias': bias! },
      {
        action_ids: JSON.stringify(ids),
      },
    );
    const outcome = { path, result, failures: [...trainFeatures.failures, ...testFeatures.failures] };
    writeFileAtomically(folder.results, `${JSON.stringify({ config, ...outcome }, null, 2)}\n`);
    return outcome;
  } finally {
    classifier.dispose();
  }
}

/** The fingerprint of people's boxes and actions. */
function boxes(keyFrames: readonly AvaKeyFrame[]): IndexFingerprint {
  const people = keyFrames.flatMap(({ frame, people }) => people.map((person) => ({ frame, ...person })));
  return indexFingerprint(people.map((person) => ({ path: JSON.stringify(person), label: 0 })));
}

/** Blocks counted from 1: the paper's four, ViT-L 18, 20, 22, 24 and ViT-H 26, 28, 30, 32, and so on for other depths. */
export function detectionLayers({ layers }: DetectionConfig, depth: number): number[] {
  const chosen = layers ?? [depth - 6, depth - 4, depth - 2, depth].filter((layer) => layer >= 1);
  const outside = chosen.find((layer) => layer < 1 || layer > depth);
  if (outside !== undefined) throw new CommandError(`layers: block ${outside} is not one of the encoder's 1..${depth}`);
  return chosen;
}

function requirePaths({ data }: DetectionConfig, checkpoint: string): void {
  const wanted: [string, string | null][] = [
    ['data.annotations', data.annotations],
    ['data.videos', data.videos],
    ['data.proposals', data.proposals],
    ['pretrain.folder, pretrain.checkpoint', checkpoint],
  ];
  const missing = wanted.filter(([, path]) => path !== null && !existsSync(path));
  if (missing.length === 0) return;
  const list = missing.map(([key, path]) => `\n  ${key}: ${path}`).join('');
  throw new CommandError(`${missing.length} paths that the config names are missing:${list}`);
}

interface Example {
  features: Float32Array;
  actions: readonly number[];
}

/** The people of the key frames whose films could be read, each with its features. */
function peopleOf(keyFrames: readonly AvaKeyFrame[], { byVideo }: BoxFeatures, width: number): Example[] {
  const rows = new Map<string, number>();
  return keyFrames.flatMap(({ video, people }) => {
    const features = byVideo.get(video);
    if (!features) return [];
    const first = rows.get(video) ?? 0;
    rows.set(video, first + people.length);
    return people.map(({ actions }, i) => ({
      features: features.subarray((first + i) * width, (first + i + 1) * width),
      actions,
    }));
  });
}

function bindClassifier(engine: Engine, width: number, classes: number, seed: number): StepRunner {
  const random = mersenneTwister(seed);
  const bound = 1 / Math.sqrt(width);
  const uniform = (shape: number[]) => ({
    shape,
    data: Float32Array.from(
      { length: shape.reduce((product, length) => product * length, 1) },
      () => bound * ((2 * random.nextUint32()) / 2 ** 32 - 1),
    ),
  });
  const parameters = { 'linear.weight': uniform([classes, width]), 'linear.bias': uniform([classes]) };
  return engine.bind(multiLabelStep, { ...parameters, ...initialMoments(parameters) });
}

async function trainClassifier(
  classifier: StepRunner,
  { optimization, seed }: DetectionConfig,
  examples: readonly Example[],
  ids: readonly number[],
  width: number,
  log: (line: string) => void,
): Promise<void> {
  const { num_epochs: epochs, weight_decay, warmup, start_lr, lr, final_lr } = optimization;
  const batchSize = Math.min(optimization.batch_size, examples.length);
  const stepsPerEpoch = Math.max(1, Math.floor(examples.length / batchSize));
  const learningRate = learningRateSchedule(
    { start: start_lr, reference: lr, final: final_lr },
    { warmupSteps: Math.trunc(warmup * stepsPerEpoch), horizon: epochs * stepsPerEpoch },
  );
  const column = new Map(ids.map((id, i) => [id, i]));
  log(`training on ${examples.length} people: ${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize}`);
  for (let epoch = 0, step = 1; epoch < epochs; epoch++) {
    const order = sampleOrder({ length: examples.length, epoch, seed });
    let total = 0;
    for (let i = 0; i < stepsPerEpoch; i++, step++) {
      const targets = new Float32Array(batchSize * ids.length);
      const features = new Float32Array(batchSize * width);
      for (let b = 0; b < batchSize; b++) {
        const example = examples[order[i * batchSize + b]!]!;
        features.set(example.features, b * width);
        for (const action of example.actions) {
          const place = column.get(action);
          if (place !== undefined) targets[b * ids.length + place] = 1;
        }
      }
      const { loss } = await classifier({
        features: { shape: [batchSize, width], data: features },
        targets: { shape: [batchSize, ids.length], data: targets },
        learning_rate: learningRate(step),
        weight_decay,
        step,
      });
      total += scalarOf(loss!);
      if (!Number.isFinite(total)) {
        throw new CommandError(
          `step ${step}: the loss is ${scalarOf(loss!)}: the classifier has diverged; lower optimization.lr, and see that ` +
            'the features are numbers',
        );
      }
    }
    log(`epoch ${epoch + 1}/${epochs}  loss ${(total / stepsPerEpoch).toFixed(5)}`);
  }
}

/** Every box with every action's logit, which tells apart what a probability rounds to 1, against the annotations. */
async function detect(
  classifier: StepRunner,
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

const ROWS_AT_ONCE = 256;

/** [rows, W] -> logits [rows, C], in batches of one size, the last one filled up. */
async function classify(
  classifier: StepRunner,
  features: Float32Array,
  width: number,
  classes: number,
): Promise<Float32Array> {
  const rows = features.length / width;
  const logits = new Float32Array(rows * classes);
  for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
    const data = new Float32Array(ROWS_AT_ONCE * width);
    const count = Math.min(ROWS_AT_ONCE, rows - start);
    data.set(features.subarray(start * width, (start + count) * width));
    const outputs = await classifier({ features: { shape: [ROWS_AT_ONCE, width], data } });
    const answers = outputs.logits!.data as Float32Array;
    logits.set(answers.subarray(0, count * classes), start * classes);
  }
  return logits;
}
