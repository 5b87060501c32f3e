import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointValue } from './checkpoint-value.js';
import { type Conversion, convertNames, type ModelNames, TORCH_ENDING } from './convert-names.js';
import type { HuggingFaceOptions } from './new-hugging-face-config.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { Checkpoint } from './open-checkpoint-file.js';
import { readStateDict } from './read-state-dict.js';
import type { StoredTensor } from './stored-tensor.js';
import { flattenTree, rebuildTree, TREE_METADATA_KEY } from './tree-metadata.js';
import { writeSafetensors } from './write-safetensors.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

/** What {@link convertCheckpoint} takes beside the two paths. */
export interface ConvertOptions {
  /**
   * Keep only this model ('target_encoder', 'encoder', 'predictor', 'classifier'), its names without the wrappers of
   * training. The whole tree if left out.
   */
  key?: string | undefined;
  /** Rename V-JEPA 2's models. As they are if left out; not together with `key`. */
  names?: ModelNames | undefined;
  /** With Hugging Face's names in a folder: what no tensor tells, and the probe that makes it a classification model. */
  huggingFace?: HuggingFaceOptions | undefined;
}

/**
 * Rewrites a checkpoint in the format that the destination's name asks for: `.safetensors`, or `.pth.tar`, `.pth`,
 * `.pt` for PyTorch. Types and values stay bit for bit what they are, one tensor in memory at a time; a PyTorch tree
 * that passes through safetensors comes back whole, because its structure is kept in the metadata.
 *
 * Under Hugging Face's names, the destination is a `.safetensors` file or a folder, which then is what transformers loads:
 * `config.json`, `video_preprocessor_config.json` and `model.safetensors`. Under the original's, a PyTorch file has the
 * layout of the released ones.
 *
 * @returns which files were written, and what there is to say of them
 * @throws CheckpointError when the source cannot be read, the key is missing or the destination cannot be written
 */
export async function convertCheckpoint(
  source: string,
  destination: string,
  { key, names, huggingFace }: ConvertOptions = {},
): Promise<Conversion> {
  if (key !== undefined && names !== undefined) throw new TypeError('whole files are renamed: give key or names');
  if (names !== undefined) return convertNames(source, destination, names, huggingFace);
  const write = chooseWriter(destination);
  if (key !== undefined) {
    const { tensors, close } = await readStateDict(source, key);
    await write(destination, new Map(tensors)).finally(close);
  } else {
    const checkpoint = await openCheckpoint(source);
    await write(destination, checkpointTree(checkpoint)).finally(checkpoint.close);
  }
  return { files: [destination], notes: [] };
}

type Writer = (path: string, tree: CheckpointValue) => Promise<void>;

function chooseWriter(destination: string): Writer {
  if (destination.endsWith('.safetensors')) return writeTreeAsSafetensors;
  if (TORCH_ENDING.test(destination)) return writeTorchCheckpoint;
  throw new CheckpointError(
    destination,
    'its name ends in neither .safetensors nor .pth.tar, .pth or .pt',
    'name the destination after the format you want',
  );
}

/** Metadata of strings is not part of PyTorch's format; the tree that we keep there is put back together. */
function checkpointTree({ path, root, metadata }: Checkpoint): CheckpointValue {
  const json = metadata[TREE_METADATA_KEY];
  return json === undefined ? root : rebuildTree(path, json, root as Map<string, StoredTensor>);
}

async function writeTreeAsSafetensors(path: string, tree: CheckpointValue): Promise<void> {
  const { tensors, json } = flattenTree(tree);
  // A flat set of named tensors is what the format holds anyway.
  const flat =
    tree instanceof Map &&
    tensors.size === tree.size &&
    [...tree.keys()].every((name) => typeof name === 'string' && tensors.has(name));
  await writeSafetensors(path, tensors, { format: 'pt', ...(flat ? {} : { [TREE_METADATA_KEY]: json }) });
}
