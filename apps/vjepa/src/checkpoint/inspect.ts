import { describeInspection, inspectCheckpoint, type ModelUse } from '@vjepa/checkpoints';
import { modelFile } from './pretrained-model.js';

/** What models are used for, and by which command. */
export const COMMANDS = {
  features: 'features (vjepa features)',
  prediction: 'predictions of what is masked or to come (vjepa predict)',
  classification: 'classification (vjepa classify --probe)',
  anticipation: 'anticipation of actions (vjepa evaluate --probe)',
  evaluation: 'training of probes (vjepa evaluate)',
  'hugging-face': 'Hugging Face (vjepa checkpoint convert --names hugging-face)',
} as const satisfies Record<ModelUse, string>;

/** Prints what is in a checkpoint, or a run's newest, without reading its tensors. */
export async function inspect(path: string, options: { tensors?: boolean; json?: boolean }): Promise<void> {
  const file = modelFile(path);
  const inspection = await inspectCheckpoint(file);
  const { tensors = false } = options;
  const text = options.json
    ? JSON.stringify(inspection, null, 2)
    : describeInspection(inspection, { tensors, uses: COMMANDS });
  process.stdout.write(`${text}\n`);
}
