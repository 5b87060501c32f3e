import type { CheckpointFile } from './checkpoint-file.js';
import { isHuggingFaceFolder, openHuggingFaceFolder } from './hugging-face-folder.js';
import { type Checkpoint, openCheckpointFile } from './open-checkpoint-file.js';

/**
 * Opens a PyTorch or a safetensors file, whichever its content says it is, or a Hugging Face folder of V-JEPA 2: its
 * weights in one file or in several (`model.safetensors`, `model.safetensors.index.json`, `pytorch_model.bin`), held
 * against its `config.json`.
 *
 * @throws CheckpointError when the file cannot be read as either; when a file of the folder is missing, its parts do not
 * hold what their index says, or its config contradicts the tensors
 */
export async function openCheckpoint(file: CheckpointFile): Promise<Checkpoint> {
  return typeof file === 'string' && isHuggingFaceFolder(file) ? openHuggingFaceFolder(file) : openCheckpointFile(file);
}

/** Opens a checkpoint, gives it to a reader, and closes it if that fails. */
export async function withCheckpoint<Result>(
  file: CheckpointFile,
  read: (checkpoint: Checkpoint) => Result | Promise<Result>,
): Promise<Result> {
  const checkpoint = await openCheckpoint(file);
  try {
    return await read(checkpoint);
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}
