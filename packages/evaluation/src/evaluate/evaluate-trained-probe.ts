import type { HostTensor } from '@vjepa/engine';
import type { ProbeConfig } from '@vjepa/probe';
import { createRunLog, InputError, noProgress, option, sentence } from '@vjepa/training';
import { readActionsAndModels } from '../anticipation/actions-and-models.js';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import { loadAnticipationProbe } from '../anticipation/anticipation-probe.js';
import type { LoadedProbe } from '../checkpoint/load-probe.js';
import { type Classifier, type ClassifierOptions, loadClassifier } from '../classify/classifier.js';
import { antialiased, describeLooks } from '../classify/probe-looks.js';
import { openedEngine } from '../require-given.js';
import type { MeasuredResult } from './answered-task.js';
import type { DataAndModel } from './data-and-model.js';
import { plannedEncoder } from './data-and-model.js';
import type { EvaluateOptions } from './evaluate-options.js';
import type { EvaluationPlan } from './evaluation-plan.js';
import { probeBatch } from './feature-source.js';
import { type FeatureSourcesOptions, featureSources } from './feature-sources.js';
import { classesOf, type LabelledSet, readLabelledSet, requireFiles } from './labelled-set.js';
import { measureAccuracy, type Prediction } from './measure-accuracy.js';
import { openPredictionsFile } from './predictions-file.js';
import { probeAnswers } from './probe-answers.js';
import { probeRunner } from './probe-runner.js';

/** What `evaluateTrainedProbe` takes. */
export interface EvaluateTrainedProbeOptions
  extends Pick<EvaluateOptions, 'plan' | 'engine' | 'cache' | 'predictions' | 'allowMissing' | 'log' | 'begin'>,
    Pick<ClassifierOptions, 'as' | 'head' | 'numHeads'> {
  /** File of the trained probe, or a folder of Hugging Face's. */
  probe: string;
  /** Told of every answer. */
  onPrediction?: ((prediction: Prediction) => void) | undefined;
}

/**
 * What a trained probe says about the validation set of a plan: nothing is trained. A probe of the form that is planned has
 * the plan's heads and sees the plan's layers; any other is taken for a published one: see `ClassifierOptions`.
 *
 * @throws InputError as `evaluate` does, and where the probe is of another number of classes
 */
export async function evaluateTrainedProbe(
  options: EvaluateTrainedProbeOptions,
): Promise<{ result: MeasuredResult; classes: readonly string[] | number }> {
  const { allowMissing = 0, log = createRunLog(), begin = noProgress } = options;
  const { plan } = options;
  const asked =
    plan.kind === 'action_anticipation_frozen'
      ? await trainedAnticipation(options, plan, log)
      : await trainedClassifier(options, plan);
  const { set, classes, tasks, probe } = asked;
  for (const note of asked.notes) log(`note: ${note}`);
  if (asked.looks !== undefined) log(asked.looks);

  const engine = await openedEngine(options.engine);
  log(engine.description);
  const { parameters, foretold } = asked;
  const sources = featureSources({ plan: asked.plan, engine, parameters, foretold, cache: options.cache, log });
  const runner = probeRunner(engine, probe, 1, asked.trained);
  const source = await sources.validation(set);
  const batchSize = probeBatch(source.layout, plan.training.batchSize, plan.probeBatch, { probe, count: 1 });
  const names = typeof classes === 'number' ? undefined : classes;
  using file = options.predictions === undefined ? undefined : openPredictionsFile(options.predictions, names);
  const progress = begin({ title: 'asking the probe', total: set.entries.length, unit: 'samples' });
  try {
    const [result] = await measureAccuracy({
      answers: probeAnswers(runner, source, set.entries.length, batchSize),
      classifiers: 1,
      ...{ set, classes, tasks, allowMissing },
      onProgress: (samples) => progress.advance(false, samples),
      onPrediction(_, prediction) {
        file?.add(prediction);
        options.onPrediction?.(prediction);
      },
    });
    file?.finish();
    return { result: result!, classes };
  } finally {
    progress.close();
    runner.dispose();
    await source.close();
    sources.close();
  }
}

/** A trained probe, and everything that it is asked about and with. */
interface AskedProbe
  extends Pick<DataAndModel<HostTensor>, 'classes' | 'parameters' | 'tasks' | 'foretold'>,
    Pick<FeatureSourcesOptions, 'plan'> {
  probe: ProbeConfig;
  trained: LoadedProbe;
  set: LabelledSet;
  notes: readonly string[];
  /** What the probe is taken for, and how samples are seen. */
  looks?: string;
}

async function trainedClassifier(
  { as, head, numHeads, allowMissing = 0, ...options }: EvaluateTrainedProbeOptions,
  plan: EvaluationPlan,
): Promise<AskedProbe> {
  const { data } = plan;
  requireFiles(data, ['validation'], plan.checkpoint ?? undefined);
  const asked = { as, head, numHeads, layers: plan.layers };
  const classifier = await loadClassifier(options.probe, plan.encoder, asked, {
    check({ classes }) {
      if (classes !== data.classes) throw otherClasses(options.probe, classes, data.classes);
    },
    planned: plan,
  });
  const { probe, encoder, layers, parameters: trained } = classifier;
  const set = await readLabelledSet(data, 'validation', allowMissing);
  const listed = await classesOf(data, set);
  const classes = typeof listed === 'number' ? (classifier.classNames ?? listed) : listed;
  const { parameters, notes: ofEncoder } = await plannedEncoder(plan);
  const notes = [...classifier.notes, ...otherNames(options.probe, classifier, classes), ...ofEncoder];
  const { recipes } = plan;
  const validation = as === 'hugging-face' ? antialiased(recipes.validation) : recipes.validation;
  const asComputed = { ...plan, encoder, layers, recipes: { ...recipes, validation } };
  const kind = plan.kind === 'image_classification_frozen' ? 'image' : 'video';
  const looks = describeLooks(classifier, { recipe: validation }, kind);
  return { plan: asComputed, looks, probe, trained, set, classes, parameters, notes };
}

async function trainedAnticipation(
  { head, numHeads, allowMissing = 0, ...options }: EvaluateTrainedProbeOptions,
  plan: AnticipationPlan,
  log: (line: string) => void,
): Promise<AskedProbe> {
  const read = await readActionsAndModels({ plan, splits: ['validation'], allowMissing, log });
  const {
    probe,
    parameters: trained,
    notes,
  } = await loadAnticipationProbe(options.probe, plan, read.tasks, {
    ...{ head, numHeads },
  });
  return { ...read, plan, set: read.validation, probe, trained, notes };
}

/** Names may be written differently, and may be those of other classes, or of the same in another order. */
function otherNames(path: string, { classNames }: Classifier, classes: readonly string[] | number): string[] {
  if (classNames === undefined || typeof classes === 'number') return [];
  const label = classNames.findIndex((name, i) => name !== classes[i]);
  return label < 0 ? [] : [`${path}: its class ${label} is '${classNames[label]}', the data's '${classes[label]}'`];
}

/** What is wrong with a probe of another number of classes than the data's. */
function otherClasses(path: string, found: number, expected: number): InputError {
  const problem = sentence`the probe tells ${found} classes apart, ${option('data.classes')} is ${expected}`;
  return new InputError({ subject: path, problem, code: 'other-classes' });
}
