import { CheckpointError } from './checkpoint-error.js';
import type { HuggingFaceConfig } from './hugging-face-config.js';
import { ModelIndex, type ModelTensors } from './model-index.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { Checkpoint } from './open-checkpoint-file.js';
import { BACKBONE_KEYS, backboneKey, missingModel } from './read-state-dict.js';
import type { StoredTensor } from './stored-tensor.js';
import { stripNames } from './strip-names.js';

type Tensors = ReadonlyMap<string, StoredTensor>;

/** The models of one file that belong together, names without the wrappers of training. */
export interface NamedModels {
  /** The file or folder of encoder and predictor. */
  readonly path: string;
  /** The key that the encoder was found under; `encoder` where the file is the encoder. */
  readonly encoderKey: string;
  readonly encoder: Tensors;
  /** All encoders by their keys, where they have some: a training keeps a moving average beside the one that it trains. */
  readonly encoders: ReadonlyMap<string, Tensors>;
  readonly predictor: Tensors | undefined;
  readonly probe: Tensors | undefined;
  readonly huggingFace: HuggingFaceConfig | undefined;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/**
 * Opens the target encoder, else the encoder, of a file, and what else there is of predictor and probe.
 *
 * @param probePath the file of the probe, where it is another
 * @throws CheckpointError when there is no encoder, or there are several probes
 */
export async function openNamedModels(path: string, probePath?: string): Promise<NamedModels> {
  const open: Checkpoint[] = [];
  const indexOf = async (file: string) => {
    const checkpoint = await openCheckpoint(file);
    open.push(checkpoint);
    return new ModelIndex(checkpoint.path, checkpoint.root);
  };
  const close = async () => {
    for (const checkpoint of open) await checkpoint.close();
  };
  try {
    const index = await indexOf(path);
    const key = backboneKey(index);
    const encoder = index.get(key);
    if (encoder === undefined) throw missingModel(path, undefined, index);
    const keys = BACKBONE_KEYS.filter((known) => index.models.has(known));
    const predictor = index.get('predictor');
    const probe = probePath === undefined ? probeOf(path, index) : ownProbe(probePath, await indexOf(probePath));
    return {
      path,
      encoderKey: key ?? 'encoder',
      encoder: stripNames(path, encoder),
      encoders: new Map(keys.map((known) => [known, stripNames(path, index.get(known)!)])),
      predictor: predictor && stripNames(path, predictor),
      probe: probe && stripNames(probePath ?? path, probe),
      huggingFace: open[0]!.huggingFace,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The probe under `classifier`, or the one of a list of them. */
function probeOf(path: string, index: ModelIndex): ModelTensors | undefined {
  const listed = [...index.models.keys()].filter((key) => key?.startsWith('classifiers.'));
  if (index.models.has('classifier') || listed.length === 0) return index.get('classifier');
  if (listed.length > 1) {
    const problem = `holds ${listed.length} probes: ${listed[0]} to ${listed.at(-1)}`;
    throw new CheckpointError(path, problem, 'write the one that is wanted to a file of its own first');
  }
  return index.get(listed[0]);
}

/** Of a file that was named for its probe, which may also be nothing else. */
function ownProbe(path: string, index: ModelIndex): ModelTensors {
  const probe = probeOf(path, index) ?? index.get(undefined);
  if (probe === undefined) throw missingModel(path, 'classifier', index);
  return probe;
}
