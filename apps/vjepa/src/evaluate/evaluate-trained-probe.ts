import { join } from 'node:path';
import { readClassNames } from '@vjepa/benchmarks';
import { attentiveProbeConfig, averageProbeConfig } from '@vjepa/probe';
import { noProgress } from '@vjepa/training';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { loadProbe } from '../checkpoint/load-probe.js';
import { CommandError } from '../command-error.js';
import { openEngine } from '../engine/engine.js';
import { textTable } from '../text-table.js';
import type { EvaluateOptions } from './evaluate.js';
import { frozenEncoder } from './evaluation-model.js';
import { percent } from './evaluation-report.js';
import { probeBatch } from './feature-source.js';
import { featureSources } from './feature-sources.js';
import { readLabelledSet, requireFiles } from './labelled-set.js';
import { measureAccuracy, type Prediction } from './measure-accuracy.js';
import { openPredictionsFile } from './predictions-file.js';
import { probeAnswers } from './probe-answers.js';
import { probeRunner } from './probe-runner.js';

export interface TrainedProbeOptions extends Omit<EvaluateOptions, 'existing' | 'run'> {
  /** File of the trained probe. */
  probe: string;
  json: boolean;
}

/** How many samples are listed with their likeliest classes. */
const MOST_LISTED = 50;

/** A trained probe on the validation set: each sample's likeliest classes, and the accuracy. */
export async function evaluateTrainedProbe(options: TrainedProbeOptions): Promise<void> {
  const { config, allowMissing } = options;
  const log = options.print ?? ((line: string) => process.stderr.write(`${line}\n`));
  for (const note of options.notes ?? []) log(`note: ${note}`);
  const encoder = frozenEncoder(config);
  const checkpoint = join(config.pretrain.folder, config.pretrain.checkpoint);
  requireFiles(config, ['val'], checkpoint);
  const { probe, parameters: trained } = await loadProbe(options.probe, ({ depth, classes }) => {
    if (classes !== config.data.num_classes) {
      throw new CommandError(
        `${options.probe}: the probe tells ${classes} classes apart, data.num_classes is ${config.data.num_classes}`,
      );
    }
    if (depth === 0) return averageProbeConfig(encoder, classes);
    return attentiveProbeConfig(encoder, classes, { depth, numHeads: config.probe.num_heads ?? encoder.numHeads });
  });
  const set = await readLabelledSet(config, 'val', allowMissing);
  const names =
    config.data.class_names === null
      ? set.classNames
      : await readClassNames(config.data.class_names, config.data.num_classes);
  const { parameters, notes } = await loadEncoder(checkpoint, encoder, config.pretrain.checkpoint_key);
  for (const note of notes) log(`note: ${note}`);

  const precision = config.optimization.use_bfloat16 ? 'bfloat16' : 'float32';
  const engine = await openEngine({ ...options.engine, precision, bfloat16Setting: 'optimization.use_bfloat16: true' });
  log(engine.description);
  const sources = featureSources({ config, engine, encoder, parameters, cache: options.cache, log });
  const runner = probeRunner(engine, probe, 1, trained);
  const source = await sources.validation(set);
  const batchSize = probeBatch(source.layout, config.optimization.batch_size, config.probe_batch);
  const file = options.predictions === undefined ? undefined : openPredictionsFile(options.predictions, names);
  const listed: Prediction[] = [];
  const { begin = noProgress } = options;
  const progress = begin({ title: 'asking the probe', total: set.entries.length, unit: 'samples' });
  try {
    const [result] = await measureAccuracy({
      answers: probeAnswers(runner, source, set.entries.length, batchSize),
      classifiers: 1,
      set,
      classes: names ?? config.data.num_classes,
      allowMissing,
      onProgress: (samples) => progress.advance(false, samples),
      onPrediction(_, prediction) {
        file?.add(prediction);
        if (listed.length < MOST_LISTED) listed.push(prediction);
      },
    });
    progress.close();
    file?.finish();
    if (options.json) {
      const predictions = listed.map(({ probabilities, ...rest }) => ({ ...rest, probabilities: [...probabilities] }));
      process.stdout.write(`${JSON.stringify({ ...result, predictions }, null, 2)}\n`);
      return;
    }
    process.stdout.write(`${describePredictions(listed, names)}\n`);
    if (set.entries.length > MOST_LISTED) process.stdout.write(`… and ${set.entries.length - MOST_LISTED} more\n`);
    const { top1, top5, meanPerClass, count } = result!;
    process.stdout.write(
      `\n${count} samples: top-1 ${percent(top1)}, top-5 ${percent(top5)}, per class ${percent(meanPerClass)}\n`,
    );
  } finally {
    progress.close();
    runner.dispose();
    await source.close();
    sources.close();
  }
}

/** A line for each sample: its label and the three likeliest classes with their probabilities. */
function describePredictions(predictions: readonly Prediction[], names: readonly string[] | undefined): string {
  const nameOf = (label: number) => names?.[label] ?? String(label);
  const rows = predictions.map(({ path, label, probabilities }) => {
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!).slice(0, 3);
    return [path, nameOf(label), ...order.map((c) => `${nameOf(c)} ${(100 * probabilities[c]!).toFixed(1)} %`)];
  });
  return textTable(['sample', 'label', 'likeliest', 'second', 'third'], rows);
}
