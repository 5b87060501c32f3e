import {
  type CheckpointFile,
  type CheckpointValue,
  inspectCheckpoint,
  isStoredTensor,
  openCheckpoint,
  readSafetensors,
} from './browser.js';

/** What is in a checkpoint, as text: its tree, and every tensor's bytes added up. */
export async function summary(file: CheckpointFile): Promise<string> {
  const { format, fileBytes, root } = await inspectCheckpoint(file);
  const checkpoint = await openCheckpoint(file);
  const sums: number[] = [];
  const visit = async (value: CheckpointValue): Promise<void> => {
    if (isStoredTensor(value)) sums.push((await value.readBytes()).reduce((sum, byte) => sum + byte, 0));
    else if (value instanceof Map || Array.isArray(value)) for (const item of value.values()) await visit(item);
  };
  await visit(checkpoint.root);
  await checkpoint.close();
  return JSON.stringify({ format, fileBytes, root, sums });
}

Object.assign(globalThis, { page: { summary, readSafetensors } });
