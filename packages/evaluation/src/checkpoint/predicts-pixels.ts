import { inspectCheckpoint } from '@vjepa/checkpoints';
import { isRunCheckpoint } from '@vjepa/training';

/** Whether a checkpoint is of a pretraining that predicts pixels: a run's own, without the target encoder others have. */
export async function predictsPixels(path: string): Promise<boolean> {
  const { models } = await inspectCheckpoint(path);
  const has = (key: string) => models.some((model) => model.key === key);
  return has('encoder') && has('predictor') && !has('target_encoder') && (await isRunCheckpoint(path));
}
