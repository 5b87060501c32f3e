import type { ClassificationResult } from '@vjepa/benchmarks';
import { type HostTensor, requireSharedBatch } from '@vjepa/engine';
import { type BeginTask, noProgress, type ResultsFolder, requireWritable, writeFileAtomically } from '@vjepa/training';
import { readDataAndModel } from '../evaluate/data-and-model.js';
import { decoderLine } from '../evaluate/decoder-line.js';
import { parametersDigest } from '../evaluate/feature-cache.js';
import type { LabelledSet } from '../evaluate/labelled-set.js';
import { measureAccuracy, type Prediction } from '../evaluate/measure-accuracy.js';
import { openPredictionsFile, PREDICTIONS_REMEDY } from '../evaluate/predictions-file.js';
import { checkResultsRun, type ResultsRunOptions } from '../results-run.js';
import { clipAnswers } from './clip-answers.js';
import { fineTuningFiles, saveFineTuned } from './fine-tuning-files.js';
import { initialHead } from './fine-tuning-head.js';
import { type FineTuningPlan, fineTuningRecord } from './fine-tuning-plan.js';
import { fineTuningRunner } from './fine-tuning-runner.js';
import { trainEndToEnd } from './train-end-to-end.js';

/** What `fineTune` is told: the plan, the folder and the engine are needed. */
export interface FineTuneOptions extends ResultsRunOptions {
  plan: FineTuningPlan;
  /** File for JSON lines of the trained model's answers on the validation set. */
  predictions?: string | undefined;
  /** Validation videos that may be missing or unreadable; they count as wrong. Default 0. */
  allowMissing?: number | undefined;
  /** The encoder's first parameters, in place of those of the plan's checkpoint. */
  parameters?: Record<string, HostTensor<Float32Array>> | undefined;
  /** Opens a bar for each epoch and validation. Default: none. */
  begin?: BeginTask | undefined;
}

/** What a fine-tuning has come to; one that was stopped goes on with `existing: 'resume'`. */
export type FineTuningOutcome =
  | { folder: ResultsFolder; stopped: true }
  | ({ folder: ResultsFolder; stopped: false } & FineTuningResults);

/** How well a fine-tuned model does. */
export interface FineTuningResults {
  /** Mean loss of the last epoch, on mixed clips and smoothed targets. */
  trainLoss: number;
  validation: ClassificationResult;
  test: ClassificationResult | undefined;
}

/**
 * End-to-end fine-tuning on labelled videos (V-JEPA, appendix on fine-tuning, after VideoMAE): layer-wise learning
 * rates, stochastic depth, mixup and cutmix, label smoothing, repeated sampling. Stopped or killed and resumed, it ends
 * in the same numbers, bit for bit.
 *
 * @throws InputError when files, labels or sizes are wrong, when the folder is somebody else's, when too many videos
 *   cannot be read, or when the training diverges; CheckpointError, BenchmarkError and VideoError where a file is damaged
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuningOutcome> {
  const { plan, allowMissing = 0 } = options;
  const record = options.record ?? fineTuningRecord(plan);

  // ---- Folder: checked now, made when data and model are known to be right ----------------------------------------
  const files = fineTuningFiles(options.folder, plan.tag);
  const run = await checkResultsRun(options, { kind: plan.kind, record, work: [files.state, files.model] });
  const { folder, log } = run;
  if (options.predictions !== undefined) requireWritable(options.predictions, PREDICTIONS_REMEDY);

  // ---- Data and model: everything that can be wrong with them shows before any work -------------------------------
  const asked = { plan, allowMissing, parameters: options.parameters, log };
  const { train, validation, test, classes, parameters, fingerprints } = await readDataAndModel(asked);
  const head = await initialHead(plan);

  // ---- Engine -----------------------------------------------------------------------------------------------------
  const engine = await run.openEngine();
  requireSharedBatch(engine, plan.training.batchSize * plan.training.repeatedSampling);
  using _lock = await run.start(engine, {
    sets: fingerprints,
    weights: {
      encoder: parametersDigest(parameters),
      // A fresh one follows from the seed.
      ...(plan.head.checkpoint === undefined ? {} : { classifier: parametersDigest(head.parameters) }),
    },
  });
  log(await decoderLine(plan.loading.decoder));
  const runner = fineTuningRunner({
    ...{ engine, plan, encoderParameters: parameters },
    ...{ head: head.probe, headParameters: head.parameters },
  });

  // ---- Epochs, and what has come of them --------------------------------------------------------------------------
  const { begin = noProgress, signal } = options;
  const measure = async (set: LabelledSet, onPrediction?: (classifier: number, prediction: Prediction) => void) => {
    const progress = begin({ title: 'asking the model', total: set.entries.length, unit: 'videos' });
    const onProgress = (videos: number) => {
      progress.advance(false, videos);
      signal?.throwIfAborted();
    };
    const answers = clipAnswers(runner, plan, set.entries);
    const asked = { answers, classifiers: 1, set, classes, allowMissing, onPrediction, onProgress };
    const [result] = await measureAccuracy(asked).finally(() => progress.close());
    return result!;
  };
  const predict = async (path: string) => {
    const file = openPredictionsFile(path, typeof classes === 'number' ? undefined : classes);
    await measure(validation, (_, prediction) => file.add(prediction));
    file.finish();
  };
  const results = await run
    .untilStopped(async (): Promise<FineTuningResults> => {
      const { trainLoss, last } = await trainEndToEnd({
        ...{ plan, engine, runner, train, files, folder, log, begin, signal },
        observers: run.observers,
        resume: run.resume,
        validate: () => measure(validation),
      });
      const result = last ?? (await measure(validation));
      await saveFineTuned(files.model, runner, plan);
      if (options.predictions !== undefined) await predict(options.predictions);
      return { trainLoss, validation: result, test: test && (await measure(test)) };
    })
    .finally(() => runner.dispose());
  if (results === undefined) return { folder, stopped: true };
  const told = { config: record.settings, path: folder.path, ...results };
  writeFileAtomically(folder.results, `${JSON.stringify(told, null, 2)}\n`);
  return { folder, stopped: false, ...results };
}
