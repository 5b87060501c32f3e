import { describeInspection, inspectCheckpoint } from '@vjepa/checkpoints';

/** Prints what is in a checkpoint, without reading its tensors. */
export async function inspect(file: string, options: { tensors?: boolean; json?: boolean }): Promise<void> {
  const inspection = await inspectCheckpoint(file);
  const text = options.json
    ? JSON.stringify(inspection, null, 2)
    : describeInspection(inspection, { tensors: options.tensors ?? false });
  process.stdout.write(`${text}\n`);
}
