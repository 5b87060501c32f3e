import type { HostTensor } from '@vjepa/engine';
import type { ProbeConfig } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { type Experiment, setFingerprint } from '@vjepa/training';
import { type ClipEncoder, initializeClipEncoder } from '@vjepa/vit';
import { type LoadedEncoder, loadEncoder } from '../checkpoint/load-encoder.js';
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
    readonly checkpoint: string | null;
    readonly checkpointKey: string;
    readonly seed: number;
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
  requireFiles(plan.data, splits, parameters ? undefined : (plan.checkpoint ?? undefined));
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

type PlannedEncoder = Omit<DataAndModelOptions<HostTensor>['plan'], 'data'>;

/** The encoder's parameters, as `plannedEncoder` has them; its notes go to the log. */
export async function encoderParameters(
  plan: PlannedEncoder,
  log: (line: string) => void,
): Promise<Record<string, HostTensor<Float32Array>>> {
  const { parameters, notes } = await plannedEncoder(plan);
  for (const note of notes) log(`note: ${note}`);
  return parameters;
}

/** The encoder's parameters out of its file, or drawn where there is none. */
export async function plannedEncoder({
  checkpoint,
  encoder,
  checkpointKey: key,
  seed,
}: PlannedEncoder): Promise<Pick<LoadedEncoder, 'parameters' | 'notes'>> {
  if (checkpoint !== null) return loadEncoder(checkpoint, encoder, { key });
  return {
    parameters: initializeClipEncoder(encoder, mersenneTwister(seed)),
    notes: [`the encoder's parameters are random, drawn from seed ${seed}: no checkpoint is named`],
  };
}
