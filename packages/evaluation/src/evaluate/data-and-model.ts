import type { HostTensor } from '@vjepa/engine';
import type { ProbeConfig } from '@vjepa/probe';
import { type Experiment, setFingerprint } from '@vjepa/training';
import type { ClipEncoder } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import type { ForetoldFeatures } from '../features/extraction-step.js';
import type { AnsweredTask } from './answered-task.js';
import {
  classesOf,
  type LabelledData,
  type LabelledSet,
  readLabelledSets,
  requireFiles,
  splitsOf,
} from './labelled-set.js';

/** What `readDataAndModel` is told. */
export interface DataAndModelOptions<Tensor extends HostTensor> {
  plan: {
    readonly data: LabelledData;
    readonly encoder: ClipEncoder;
    readonly checkpoint: string;
    readonly checkpointKey: string;
  };
  /** Samples of each split that may be missing. */
  allowMissing: number;
  /** The encoder's parameters, in place of those of the checkpoint. */
  parameters: Record<string, Tensor> | undefined;
  log: (line: string) => void;
}

/** The labelled sets and the encoder of an evaluation or a fine-tuning. */
export interface DataAndModel<Tensor extends HostTensor> {
  train: LabelledSet;
  validation: LabelledSet;
  test: LabelledSet | undefined;
  /** Their names in label order where there are some, else their number. */
  classes: readonly string[] | number;
  parameters: Record<string, Tensor | HostTensor<Float32Array>>;
  /** By which a resumed run knows its sets again. */
  fingerprints: Experiment['sets'];
  /** What is asked of each sample, where it is more than its label, and the probe that answers. */
  tasks?: readonly AnsweredTask[] | undefined;
  probe?: ProbeConfig | undefined;
  /** The predictor, where what is to come is part of the features. */
  foretold?: ForetoldFeatures | undefined;
}

/**
 * Reads what a run works on, before any work, so that everything that can be wrong with it shows first.
 *
 * @throws InputError when files, labels or sizes are wrong; CheckpointError and BenchmarkError where a file is damaged
 */
export async function readDataAndModel<Tensor extends HostTensor>(
  options: DataAndModelOptions<Tensor>,
): Promise<DataAndModel<Tensor>> {
  const { plan, allowMissing, parameters, log } = options;
  const splits = splitsOf(plan.data);
  requireFiles(plan.data, splits, parameters ? undefined : plan.checkpoint);
  const [train, validation, test] = (await readLabelledSets(plan.data, splits, allowMissing)) as [
    LabelledSet,
    LabelledSet,
    LabelledSet | undefined,
  ];
  const classes = await classesOf(plan.data, { classNames: train.classNames ?? validation.classNames });
  const fingerprint = ({ source, entries }: LabelledSet) => setFingerprint(source, entries);
  const fingerprints = {
    'training set': fingerprint(train),
    'validation set': fingerprint(validation),
    ...(test && { 'test set': fingerprint(test) }),
  };
  const sets = { train, validation, test, classes, fingerprints };
  return { ...sets, parameters: parameters ?? (await encoderParameters(plan, log)) };
}

/** The encoder's parameters out of its file, whose notes go to the log. */
export async function encoderParameters(
  { checkpoint, encoder, checkpointKey: key }: Omit<DataAndModelOptions<HostTensor>['plan'], 'data'>,
  log: (line: string) => void,
): Promise<Record<string, HostTensor<Float32Array>>> {
  const { parameters, notes } = await loadEncoder(checkpoint, encoder, { key });
  for (const note of notes) log(`note: ${note}`);
  return parameters;
}
