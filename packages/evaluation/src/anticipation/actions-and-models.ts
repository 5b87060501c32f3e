import { type EpicKitchens, type EpicKitchensPart, loadEpicKitchens } from '@vjepa/benchmarks';
import type { HostTensor } from '@vjepa/engine';
import { anticipationProbeConfig } from '@vjepa/probe';
import {
  type Experiment,
  type IndexFingerprint,
  InputError,
  indexFingerprint,
  option,
  sentence,
  unfitSetting,
} from '@vjepa/training';
import { isVjepa2 } from '@vjepa/vit';
import { loadPredictor } from '../checkpoint/load-predictor.js';
import type { AnsweredTask } from '../evaluate/answered-task.js';
import { type DataAndModel, encoderParameters } from '../evaluate/data-and-model.js';
import { type LabelledSet, requirePaths, type SplitName } from '../evaluate/labelled-set.js';
import type { ForetoldFeatures } from '../features/extraction-step.js';
import { type AnticipationPlan, foretoldFrames } from './anticipation-plan.js';

/**
 * Reads actions, encoder and predictor, before any work, so that everything that can be wrong with them shows first.
 *
 * @param splits whose videos must be there
 * @throws InputError, CheckpointError and BenchmarkError as `readDataAndModel` does
 */
export async function readActionsAndModels(options: {
  plan: AnticipationPlan;
  splits?: readonly Exclude<SplitName, 'test'>[];
  allowMissing: number;
  parameters?: Record<string, HostTensor> | undefined;
  log: (line: string) => void;
}): Promise<DataAndModel<HostTensor> & { tasks: readonly AnsweredTask[] }> {
  const { plan, allowMissing, log, splits } = options;
  const { annotations, videos } = plan.data;
  requirePaths([
    ['data.annotations', annotations],
    ['data.videos', videos],
    ['checkpoint', plan.checkpoint],
  ]);
  const actions = await loadEpicKitchens({ annotations, videos, splits, allowMissing });
  const { verb, noun, action } = actions.classes;
  log(
    `${actions.train.source}: ${verb.length} verbs, ${noun.length} nouns and ${action.length} actions; ` +
      `${actions.leftOut} validation actions are left out, which it has none of`,
  );
  const train = labelledSet(actions.train, action);
  const validation = labelledSet(actions.validation, action);
  const fingerprints: Experiment['sets'] = {
    'training set': fingerprint(actions.train),
    'validation set': fingerprint(actions.validation),
  };
  const tasks = askedTasks(actions);
  const counts = { verb: verb.length, noun: noun.length, action: action.length };
  const { depth, numHeads } = plan.probe;
  const probe = anticipationProbeConfig(plan.encoder, counts, { depth, numHeads });
  const sets = { train, validation, test: undefined, classes: action, fingerprints, tasks, probe };
  const foretold = plan.features === 'encoder' ? undefined : await readPredictor(plan, log);
  return { ...sets, foretold, parameters: options.parameters ?? (await encoderParameters(plan, log)) };
}

/** The predictor beside the encoder, its places counted in clips that hold all that is foretold. */
async function readPredictor(plan: AnticipationPlan, log: (line: string) => void): Promise<ForetoldFeatures> {
  const { encoder, features: parts, predictorKey: key, predictorHeads: numHeads } = plan;
  const { predictor, parameters, notes } = await loadPredictor(plan.checkpoint, encoder, { key, numHeads }).catch(
    (error: unknown) => {
      if (!(error instanceof InputError) || error.code !== 'heads-unknown') throw error;
      const problem = 'the predictor is none of the published widths, and no tensor tells its number of heads';
      const remedy = sentence`give ${option('predictorHeads')}`;
      throw new InputError({ subject: plan.checkpoint, problem, remedy, code: error.code, cause: error });
    },
  );
  for (const note of notes) log(`note: ${note}`);
  if (!isVjepa2(predictor)) throw unfitSetting('predictorKey', 'a predictor of V-JEPA 2 or 2.1', key);
  return { predictor: { ...predictor, numFrames: foretoldFrames(plan) }, parameters, parts };
}

function labelledSet({ source, entries, missing }: EpicKitchensPart, classNames: string[]): LabelledSet {
  const withFrames = ({ start, stop, ...entry }: EpicKitchensPart['entries'][number]) => {
    return { ...entry, action: { start, stop } };
  };
  return { source, classNames, entries: entries.map(withFrames), missing: missing.map(withFrames) };
}

/** By which a resumed run knows its actions again, wherever the videos lie. */
function fingerprint({ entries, missing }: EpicKitchensPart): IndexFingerprint {
  return indexFingerprint(
    [...entries, ...missing].map(({ id, start, stop, label }) => ({ path: `${id} ${start} ${stop}`, label })),
  );
}

function askedTasks({ classes, verbOfAction, nounOfAction }: EpicKitchens): AnsweredTask[] {
  return [
    { name: 'verb', classes: classes.verb, labelOf: verbOfAction },
    { name: 'noun', classes: classes.noun, labelOf: nounOfAction },
    { name: 'action', classes: classes.action, labelOf: classes.action.map((_, label) => label) },
  ];
}
