import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ClassificationResult, readClassNames } from '@vjepa/benchmarks';
import { openSafetensors, readSafetensors, writeSafetensors, writeTorchCheckpoint } from '@vjepa/checkpoints';
import { compileNotice, type FloatTensor } from '@vjepa/engine';
import {
  decoderLine,
  freshProbe,
  inBatches,
  type LabelledSet,
  loadProbe,
  measureAccuracy,
  openPredictionsFile,
  PREDICTIONS_REMEDY,
  type Prediction,
  parametersDigest,
  readLabelledSets,
  requireFiles,
  splitsOf,
  startRows,
} from '@vjepa/evaluation';
import { learningRateSchedule } from '@vjepa/optim';
import { attentiveProbeConfig, averageProbeConfig, type ProbeConfig } from '@vjepa/probe';
import {
  appendText,
  type BeginTask,
  checkResultsFolder,
  claimResultsFolder,
  createRunLog,
  type ExistingRun,
  noProgress,
  recordSession,
  requireWritable,
  savePace,
  setFingerprint,
  writeFileAtomically,
} from '@vjepa/training';
import { createClipLoader, type SampleRequest, sampleOrder } from '@vjepa/video';
import type { EncoderConfig } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { CommandError } from '../command-error.js';
import { configRecord } from '../config/config-record.js';
import { labelledVideos } from '../config/evaluation-plan.js';
import type { FineTuningConfig } from '../config/fine-tuning-config.js';
import { pretrainedEncoder } from '../config/pretrained-encoder.js';
import { existingResults, MAY_CHANGE, resultsFolderOf } from '../config/results-folder.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { requireSharedBatch } from '../engine/shared-batch.js';
import { commandLineName } from '../option-names.js';
import { packageVersion } from '../package-version.js';
import { clipAnswers, clipSettings } from './clip-answers.js';
import { type FineTuningRunner, fineTuningRunner } from './fine-tuning-runner.js';

export interface FineTuneOptions {
  config: FineTuningConfig;
  notes?: readonly string[];
  run?: string | undefined;
  /** JSON lines of the trained model's answers on the validation set. */
  predictions?: string | undefined;
  allowMissing: number;
  /** What becomes of an earlier run in the folder. Default: `resume_checkpoint` of the config, else refuse. */
  existing?: ExistingRun | undefined;
  engine: EngineOptions;
  /** The encoder's first parameters, in place of those of the config's checkpoint. */
  parameters?: Record<string, FloatTensor>;
  /** Positions of the training videos to use. Default: all. */
  samples?: readonly number[];
  print?: (line: string) => void;
  /** Opens a bar for each epoch and validation. Default: none. */
  begin?: BeginTask;
}

export interface FineTuneOutcome {
  path: string;
  /** Mean loss of the last epoch, on mixed clips and smoothed targets. */
  trainLoss: number;
  validation: ClassificationResult;
  test: ClassificationResult | undefined;
}

/**
 * End-to-end fine-tuning on labelled videos (V-JEPA, appendix on fine-tuning, after VideoMAE): layer-wise learning
 * rates, stochastic depth, mixup and cutmix, label smoothing, repeated sampling.
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuneOutcome> {
  const { config } = options;
  const log = createRunLog({ print: options.print, nameOf: commandLineName });
  for (const note of options.notes ?? []) log(`note: ${note}`);

  // ---- Folder: checked now, made when data and model are known to be right ------------------------------------------
  const files = fineTuningFolder(config, options.run);
  const claim = {
    folder: files,
    record: configRecord(config),
    kind: config.eval_name,
    work: [files.state, `${files.model}.pth.tar`],
    existing: existingResults(options.existing, config.resume_checkpoint, files),
    say: log,
  };
  await checkResultsFolder(claim);
  if (options.predictions !== undefined) requireWritable(options.predictions, PREDICTIONS_REMEDY);

  // ---- Data and model -----------------------------------------------------------------------------------------------
  const encoder = pretrainedEncoder(config.pretrain, config.optimization.resolution);
  const checkpoint = join(config.pretrain.folder, config.pretrain.checkpoint);
  const data = labelledVideos(config.data);
  const splits = splitsOf(data);
  requireFiles(data, splits, options.parameters ? undefined : checkpoint);
  const [train, validation, test] = (await readLabelledSets(data, splits, options.allowMissing)) as [
    LabelledSet,
    LabelledSet,
    LabelledSet | undefined,
  ];
  const { class_names: named, num_classes: numClasses } = config.data;
  const names = named === null ? train.classNames : await readClassNames(named, numClasses);
  const loaded = options.parameters
    ? { parameters: options.parameters, notes: [] }
    : await loadEncoder(checkpoint, encoder, config.pretrain.checkpoint_key);
  for (const note of loaded.notes) log(`note: ${note}`);
  const head = await initialHead(config, encoder);

  // ---- Engine and folder --------------------------------------------------------------------------------------------
  const precision = config.optimization.use_bfloat16 ? 'bfloat16' : 'float32';
  const engine = await openEngine({ ...options.engine, precision, bfloat16Setting: 'optimization.use_bfloat16: true' });
  const { num_epochs: epochs, batch_size: batchSize, repeated_sampling: copies } = config.optimization;
  requireSharedBatch(engine, batchSize * copies, 'optimization.batch_size x optimization.repeated_sampling');
  const samples = options.samples ?? [...train.entries.keys()];
  const used = { ...train, entries: samples.map((index) => train.entries[index]!) };
  const sets = { 'training set': used, 'validation set': validation, ...(test ? { 'test set': test } : {}) };
  using _lock = await claimResultsFolder({
    ...claim,
    mayChange: MAY_CHANGE,
    experiment: {
      config,
      sets: Object.fromEntries(
        Object.entries(sets).map(([name, { source, entries }]) => [name, setFingerprint(source, entries)]),
      ),
      weights: {
        encoder: parametersDigest(loaded.parameters),
        // A fresh one follows from the seed.
        ...(config.head.checkpoint === null ? {} : { classifier: parametersDigest(head.parameters) }),
      },
    },
  });
  recordSession(files.environment, { engine, version: packageVersion() });
  log.writeTo(files.console);
  log(engine.description);
  log(await decoderLine(config.decoder));
  const runner = fineTuningRunner({
    engine,
    config,
    encoder,
    encoderParameters: loaded.parameters,
    head: head.probe,
    headParameters: head.parameters,
  });

  const { begin = noProgress } = options;
  const measure = async (set: LabelledSet, onPrediction?: (classifier: number, prediction: Prediction) => void) => {
    const answers = clipAnswers(runner, config, set.entries);
    const classes = names ?? numClasses;
    const { allowMissing } = options;
    const progress = begin({ title: 'asking the model', total: set.entries.length, unit: 'videos' });
    const onProgress = (videos: number) => progress.advance(false, videos);
    try {
      const told = { onPrediction, onProgress };
      const [result] = await measureAccuracy({ answers, classifiers: 1, set, classes, allowMissing, ...told });
      return result!;
    } finally {
      progress.close();
    }
  };

  // ---- Epochs -------------------------------------------------------------------------------------------------------
  const stepsPerEpoch = Math.max(1, Math.floor(samples.length / batchSize));
  const learningRate = rateSchedule(config, stepsPerEpoch);
  const resumed = claim.existing === 'resume' ? await resume(files.state, runner) : 0;
  startRows(files.csv, 'epoch,train-loss,val-acc', resumed);
  if (resumed > 0) log(`resuming after epoch ${resumed}`);
  log(
    `fine-tuning on ${samples.length} videos of ${train.source}: ${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize} x ${copies} clips`,
  );
  const compiling = compileNotice(engine, 'the training step', encoder.depth);
  if (compiling !== undefined && resumed < epochs) log(compiling);
  const loader = trainingLoader(config, train);
  let trainLoss = Number.NaN;
  let result: ClassificationResult | undefined;
  const pace = savePace();
  let savedEpoch = resumed;
  try {
    for (let epoch = resumed; epoch < epochs; epoch++) {
      const plan = epochPlan(samples, config, epoch).slice(0, stepsPerEpoch);
      let step = epoch * stepsPerEpoch;
      let total = 0;
      const progress = begin({ title: `epoch ${epoch + 1} of ${epochs}`, total: stepsPerEpoch, unit: 'steps' });
      try {
        for await (const batch of loader.batches(plan)) {
          for (const { reason, replacedBy } of batch.failures) log(`replaced in training: ${reason}; by ${replacedBy}`);
          step++;
          const clips = { shape: batch.shape, data: batch.clips };
          const { loss } = await runner.train(clips, batch.labels, step, learningRate(step));
          batch.release();
          if (!Number.isFinite(loss)) throw new CommandError(divergence(step, loss, savedEpoch));
          total += loss;
          progress.advance();
        }
      } finally {
        progress.close();
      }
      trainLoss = total / stepsPerEpoch;
      const isLast = epoch + 1 === epochs;
      result = isLast || (epoch + 1) % config.validate_every === 0 ? await measure(validation) : undefined;
      appendText(files.csv, `${epoch + 1},${trainLoss.toFixed(5)},${result?.top1.toFixed(5) ?? ''}\n`);
      log(
        `epoch ${epoch + 1}/${epochs}  loss ${trainLoss.toFixed(4)}` +
          `${result ? `  validation top-1 ${result.top1.toFixed(2)}` : ''}`,
      );
      if (isLast || pace.isDue()) {
        await pace.save(async () => {
          await writeSafetensors(files.state, await runner.readState(), { epoch: String(epoch + 1) });
        });
        savedEpoch = epoch + 1;
      }
    }
    result ??= await measure(validation);
    await saveModel(files.model, runner, config);
    if (options.predictions !== undefined) {
      const file = openPredictionsFile(options.predictions, names);
      await measure(validation, (_, prediction) => file.add(prediction));
      file.finish();
    }
    const outcome = { path: files.path, trainLoss, validation: result, test: test && (await measure(test)) };
    writeFileAtomically(files.results, `${JSON.stringify({ config, ...outcome }, null, 2)}\n`);
    return outcome;
  } finally {
    runner.dispose();
    await loader.close();
  }
}

/** Average pooling, layer norm and a linear layer; or an attentive probe, fresh or trained before. */
async function initialHead(config: FineTuningConfig, encoder: EncoderConfig) {
  const { pooling, checkpoint } = config.head;
  const classes = config.data.num_classes;
  if (checkpoint !== null) {
    return loadProbe(checkpoint, (found): ProbeConfig => {
      if (found.classes !== classes) {
        throw new CommandError(
          `${checkpoint}: the probe tells ${found.classes} classes apart, data.num_classes is ${classes}`,
        );
      }
      return found.depth === 0
        ? averageProbeConfig(encoder, classes)
        : attentiveProbeConfig(encoder, classes, { depth: found.depth });
    });
  }
  const probe =
    pooling === 'average'
      ? averageProbeConfig(encoder, classes, { normalize: true })
      : attentiveProbeConfig(encoder, classes);
  return { probe, parameters: freshProbe(probe, config.seed) };
}

function fineTuningFolder(config: FineTuningConfig, run: string | undefined) {
  const folder = resultsFolderOf(config, run);
  const tag = config.pretrain.write_tag;
  return {
    ...folder,
    csv: join(folder.path, `${tag}_r0.csv`),
    state: join(folder.path, 'training-state.safetensors'),
    /** Without its ending. */
    model: join(folder.path, `${tag}-latest`),
  };
}

function divergence(step: number, loss: number, savedEpoch: number): string {
  const saved = savedEpoch > 0 ? `the state after epoch ${savedEpoch} is kept` : 'nothing was saved before';
  return (
    `step ${step}: the loss is ${loss}: the training has diverged and is stopped; ${saved}. Start again with ` +
    '--overwrite and a lower optimization.lr, or clip the gradients (optimization.clip_grad)'
  );
}

/** Linear warm-up, then a half cosine. */
function rateSchedule({ optimization }: FineTuningConfig, stepsPerEpoch: number) {
  const { start_lr: start, lr: reference, final_lr: final, warmup, num_epochs } = optimization;
  const lengths = { warmupSteps: Math.trunc(warmup * stepsPerEpoch), horizon: num_epochs * stepsPerEpoch };
  return learningRateSchedule({ start, reference, final }, lengths);
}

function trainingLoader(config: FineTuningConfig, { entries }: LabelledSet) {
  const { augmentation } = config;
  return createClipLoader({
    videos: entries,
    clip: { ...clipSettings(config), placement: 'random' },
    transform: {
      kind: 'probe-training',
      size: config.optimization.resolution,
      scale: augmentation.random_resize_scale,
      aspectRatio: augmentation.random_resize_aspect_ratio,
      randAugment: augmentation.rand_augment ? {} : false,
      erasingProbability: augmentation.reprob,
      flipProbability: augmentation.horizontal_flip ? 0.5 : 0,
    },
    workers: Math.max(1, Math.min(config.num_workers, availableParallelism())),
    decoder: config.decoder,
    seed: config.seed,
    timeLimitMs: config.decode_time_limit * 1000,
    onBadVideo: 'replace',
  });
}

/** The steps of an epoch: videos in a new order, each `repeated_sampling` times with draws of its own. */
export function epochPlan(samples: readonly number[], config: FineTuningConfig, epoch: number): SampleRequest[][] {
  const { batch_size, repeated_sampling: copies } = config.optimization;
  const order = sampleOrder({ length: samples.length, epoch, seed: config.seed });
  return inBatches([...order], batch_size).map((places, step) =>
    places.flatMap((place, i) =>
      Array.from({ length: copies }, (_, copy) => ({
        index: samples[place]!,
        epoch,
        draw: (step * batch_size + i) * copies + copy,
      })),
    ),
  );
}

async function resume(path: string, runner: FineTuningRunner): Promise<number> {
  if (!existsSync(path)) return 0;
  const file = await openSafetensors(path);
  const epoch = Number(file.metadata.epoch);
  await file.close();
  await runner.writeState((await readSafetensors(path)) as Record<string, FloatTensor>);
  return epoch;
}

/** Encoder and classifier as the reference keeps them, so that `vjepa features` and `evaluate` can go on with it. */
async function saveModel(base: string, runner: FineTuningRunner, { optimization }: FineTuningConfig): Promise<void> {
  const [encoder, classifier] = [await runner.encoder(), await runner.head()];
  const prefixed = (prefix: string, parameters: Record<string, FloatTensor>) =>
    new Map(Object.entries(parameters).map(([name, tensor]) => [prefix + name, tensor]));
  await writeTorchCheckpoint(`${base}.pth.tar`, {
    encoder: prefixed('module.backbone.', encoder),
    classifier: prefixed('module.', classifier),
    epoch: optimization.num_epochs,
    batch_size: optimization.batch_size,
    world_size: 1,
    lr: optimization.lr,
  });
}
