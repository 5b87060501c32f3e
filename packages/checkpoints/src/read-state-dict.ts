import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointFile } from './checkpoint-file.js';
import type { HuggingFaceConfig } from './hugging-face-config.js';
import { ModelIndex } from './model-index.js';
import { withCheckpoint } from './open-checkpoint.js';
import type { StoredTensor } from './stored-tensor.js';
import { stripNames } from './strip-names.js';

/** One model's parameters in an open file. */
export interface StateDict {
  readonly path: string;
  /** The key they were found under; undefined when the file holds nothing but them. */
  readonly key: string | undefined;
  /** In the file's order, names without the wrappers of training. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What a Hugging Face folder's `config.json` says; undefined for a file, and for a folder without one. */
  readonly huggingFace: HuggingFaceConfig | undefined;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/** Where evaluation looks for the backbone, as the reference does; distilled models of V-JEPA 2.1 are under `ema_encoder`. */
export const BACKBONE_KEYS: readonly string[] = ['target_encoder', 'ema_encoder', 'encoder'];
const BACKBONES = "'target_encoder', 'ema_encoder' or 'encoder'";

/**
 * Opens the parameters of one model of a checkpoint: PyTorch, safetensors, or V-JEPA 2 as Hugging Face names it,
 * a file or a whole folder.
 *
 * @param key 'encoder', 'predictor', 'target_encoder', 'ema_encoder' or 'classifier'; left out, the target encoder, else
 * the average of V-JEPA 2.1's distilled models, else the encoder, else a file that is itself one model's parameters
 * @throws CheckpointError that lists the keys there are when the wanted one is missing
 */
export function readStateDict(file: CheckpointFile, key?: string): Promise<StateDict> {
  return withCheckpoint(file, ({ path, root, huggingFace, close }) => {
    const index = new ModelIndex(path, root);
    const found = key ?? backboneKey(index);
    const tensors = index.get(found);
    if (!tensors) throw missingModel(path, key, index);
    return { path, key: found, tensors: stripNames(path, tensors), huggingFace, close };
  });
}

/** The key of the backbone that evaluation takes; undefined where the file is itself one model's parameters. */
export function backboneKey(index: ModelIndex): string | undefined {
  return BACKBONE_KEYS.find((candidate) => index.models.has(candidate));
}

/** What is wrong with a file that lacks the model under a key, or any backbone. */
export function missingModel(path: string, key: string | undefined, index: ModelIndex): CheckpointError {
  const keys = [...index.models.keys()];
  if (keys.length === 0) {
    const remedy = 'save the tensors of the model alone, torch.save(model.state_dict(), …), or choose another file';
    return new CheckpointError(path, 'has no dict of tensors, neither itself nor under one of its keys', remedy);
  }
  const wanted = key === undefined ? BACKBONES : `'${key}'`;
  const found = keys.map((name) => (name === undefined ? 'tensors without a key' : `'${name}'`));
  return new CheckpointError(
    path,
    `has no ${wanted}; it has ${found.join(', ')}`,
    'name the key that holds the model, or choose another file',
  );
}
