import { compileNotice } from '@vjepa/engine';
import { type ResultsFolder, RunHosts, requireWritable, writeFileAtomically } from '@vjepa/training';
import { checkResultsRun } from '../results-run.js';
import type { EvaluateOptions } from './evaluate-options.js';
import type { EvaluatedFeatures, EvaluationContext } from './evaluation-context.js';
import { evaluationWork } from './evaluation-folder.js';
import { type TrainingOutcome, toldTrainings } from './evaluation-outcome.js';
import { planRecord } from './evaluation-record.js';
import { blocksOnTokens, type FeatureSource, probeBatch } from './feature-source.js';
import { type FeatureSources, featureSources } from './feature-sources.js';
import { PREDICTIONS_REMEDY } from './predictions-file.js';
import { freshProbe, type ProbeRunner, probeRunner } from './probe-runner.js';
import { helpEvaluation, readEvaluated, sharedAmong } from './shared-evaluation.js';
import { trainDraw } from './train-draw.js';

/** What an evaluation found. */
export interface EvaluationOutcome {
  folder: ResultsFolder;
  /** Those that have ended; of several processes the first has them. */
  trainings: TrainingOutcome[];
  /** Whether the evaluation was stopped before its end; with `existing: 'resume'` it goes on. */
  stopped: boolean;
}

/**
 * Frozen evaluation (V-JEPA, section 4.2): features of a frozen encoder, probes trained on them, exact accuracy on the
 * validation set. One training for the whole training set, or one for each low-shot fraction and draw. Stopped or killed
 * and resumed, it ends in the same numbers, bit for bit.
 *
 * @throws InputError when files, labels or sizes are wrong, when the folder is somebody else's, or when too many samples
 *   cannot be read; CheckpointError, BenchmarkError and VideoError where a file is damaged
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationOutcome> {
  const { plan, signal } = options;
  const hosts = new RunHosts(options.hosts);
  if (!hosts.isFirst) return { ...(await helpEvaluation(options, hosts)), trainings: [] };
  const record = options.record ?? planRecord(plan);

  // ---- Folder: checked now, made when data and model are known to be right ----------------------------------------
  const run = await checkResultsRun(options, {
    kind: plan.kind,
    record,
    work: evaluationWork(options.folder, plan.tag),
  });
  const { folder, log, resume } = run;
  if (options.predictions !== undefined) requireWritable(options.predictions, PREDICTIONS_REMEDY);

  // ---- Data and model: everything that can be wrong with them shows before any work -------------------------------
  const evaluated = await readEvaluated(options, hosts, log);
  const { train, validation, test, classes, parameters, fingerprints, tasks, probe = plan.probe, weights } = evaluated;

  // ---- Engine, features, probes -----------------------------------------------------------------------------------
  const engine = await run.openEngine();
  using _lock = await run.start(engine, {
    sets: fingerprints,
    weights,
    // Samples are not augmented where one version of their features is kept.
    settings: { features: options.cache === undefined ? 'computed for every step' : 'kept in a cache' },
  });
  const { foretold } = evaluated;
  const shared = hosts.count > 1 ? sharedAmong(hosts, engine, evaluated) : undefined;
  const sources = featureSources({ plan, engine, parameters, shared, foretold, cache: options.cache, log, signal });
  const { candidates, training, seed } = plan;
  const { observers } = run;
  const context = { options, plan, classes, tasks, folder, resume, log, observers, train, validation, test };
  const opened: FeatureSource[] = [];
  const trainings: TrainingOutcome[] = [];
  let runner: ProbeRunner | undefined;
  const whole = await run
    .untilStopped(async () => {
      const features = await openFeatures(sources, context, opened);
      const { length: count } = candidates;
      const partSize = probeBatch(features.train.layout, training.batchSize, plan.probeBatch, { probe, count });
      const accumulate = partSize < training.batchSize;
      const blocks = count * blocksOnTokens(probe);
      const compiling = blocks > 0 ? compileNotice(engine, 'the probes', blocks) : undefined;
      if (compiling !== undefined) log(compiling);
      const { decayed } = training;
      const focalLoss = plan.kind === 'action_anticipation_frozen' ? plan.loss : undefined;
      const trained = { accumulate, decayed, focalLoss, tasks };
      runner = probeRunner(engine.alone ?? engine, probe, count, freshProbe(probe, seed), trained);
      for (const draw of plan.draws) {
        const first = trainings.length === 0;
        trainings.push(await trainDraw({ ...context, sources, features, runner, partSize, draw, first }));
      }
      return trainings;
    })
    .finally(async () => {
      runner?.dispose();
      for (const source of opened) await source.close();
      sources.close();
    });
  await shared?.features.end({ stopped: whole === undefined });
  if (whole === undefined) return { folder, trainings, stopped: true };
  writeFileAtomically(
    folder.results,
    `${JSON.stringify({ config: record.settings, trainings: toldTrainings(trainings) }, null, 2)}\n`,
  );
  return { folder, trainings, stopped: false };
}

async function openFeatures(
  sources: FeatureSources,
  context: EvaluationContext,
  opened: FeatureSource[],
): Promise<EvaluatedFeatures> {
  const { train, validation, test } = context;
  const open = async (source: Promise<FeatureSource>) => {
    opened.push(await source);
    return source;
  };
  return {
    train: await open(sources.training(train)),
    validation: await open(sources.validation(validation)),
    test: test && (await open(sources.validation(test))),
  };
}
