import type { ClassificationResult } from '@vjepa/benchmarks';
import { attentiveProbeConfig, averageProbeConfig } from '@vjepa/probe';
import { createRunLog, InputError, noProgress, option, sentence } from '@vjepa/training';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { loadProbe } from '../checkpoint/load-probe.js';
import type { EvaluateOptions } from './evaluate.js';
import { probeBatch } from './feature-source.js';
import { featureSources } from './feature-sources.js';
import { classesOf, readLabelledSet, requireFiles } from './labelled-set.js';
import { measureAccuracy, type Prediction } from './measure-accuracy.js';
import { openPredictionsFile } from './predictions-file.js';
import { probeAnswers } from './probe-answers.js';
import { probeRunner } from './probe-runner.js';

/** What `evaluateTrainedProbe` takes. */
export interface EvaluateTrainedProbeOptions
  extends Pick<EvaluateOptions, 'plan' | 'engine' | 'cache' | 'predictions' | 'allowMissing' | 'log' | 'begin'> {
  /** File of the trained probe. */
  probe: string;
  /** Told of every answer. */
  onPrediction?: ((prediction: Prediction) => void) | undefined;
}

/**
 * What a trained probe says about the validation set of a plan: nothing is trained.
 *
 * @throws InputError as `evaluate` does, and where the probe is of another number of classes
 */
export async function evaluateTrainedProbe(
  options: EvaluateTrainedProbeOptions,
): Promise<{ result: ClassificationResult; classes: readonly string[] | number }> {
  const { plan, allowMissing = 0, log = createRunLog(), begin = noProgress } = options;
  const { encoder, data } = plan;
  requireFiles(data, ['validation'], plan.checkpoint);
  const { probe, parameters: trained } = await loadProbe(options.probe, ({ depth, selfAttention, classes }) => {
    if (classes !== data.classes) throw otherClasses(options.probe, classes, data.classes);
    if (depth === 0) return averageProbeConfig(encoder, classes);
    const asked = plan.probe.kind === 'attentive' && plan.probe.selfAttention === selfAttention;
    const numHeads = asked ? plan.probe.numHeads : undefined;
    return attentiveProbeConfig(encoder, classes, { depth, selfAttention, numHeads });
  });
  const set = await readLabelledSet(data, 'validation', allowMissing);
  const classes = await classesOf(data, set);
  const { parameters, notes } = await loadEncoder(plan.checkpoint, encoder, { key: plan.checkpointKey });
  for (const note of notes) log(`note: ${note}`);

  const engine = typeof options.engine === 'function' ? await options.engine() : options.engine;
  log(engine.description);
  const sources = featureSources({ plan, engine, parameters, cache: options.cache, log });
  const runner = probeRunner(engine, probe, 1, trained);
  const source = await sources.validation(set);
  const batchSize = probeBatch(source.layout, plan.training.batchSize, plan.probeBatch);
  const names = typeof classes === 'number' ? undefined : classes;
  using file = options.predictions === undefined ? undefined : openPredictionsFile(options.predictions, names);
  const progress = begin({ title: 'asking the probe', total: set.entries.length, unit: 'samples' });
  try {
    const [result] = await measureAccuracy({
      answers: probeAnswers(runner, source, set.entries.length, batchSize),
      classifiers: 1,
      set,
      classes,
      allowMissing,
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

/** What is wrong with a probe of another number of classes than the data's. */
function otherClasses(path: string, found: number, expected: number): InputError {
  const problem = sentence`the probe tells ${found} classes apart, ${option('data.classes')} is ${expected}`;
  return new InputError({ subject: path, problem, code: 'other-classes' });
}
