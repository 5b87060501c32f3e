import { describeInspection, inspectCheckpoint } from '@vjepa/checkpoints';
import { modelFile } from './pretrained-model.js';

/** Prints what is in a checkpoint, or a run's newest, without reading its tensors. */
export async function inspect(path: string, options: { tensors?: boolean; json?: boolean }): Promise<void> {
  const file = modelFile(path);
  const inspection = await inspectCheckpoint(file);
  const text = options.json
    ? JSON.stringify(inspection, null, 2)
    : describeInspection(inspection, { tensors: options.tensors ?? false });
  process.stdout.write(`${text}\n`);
}
