import { writeSafetensors, writeTorchCheckpoint } from '@vjepa/checkpoints';
import type { LoadedProbe } from './load-probe.js';

/** What the reference keeps beside a probe. */
export interface ProbeRecord {
  /** Finished epochs. */
  epoch: number;
  batchSize: number;
  learningRate: number;
}

/**
 * Writes a probe twice: `<base>.pth.tar` as the reference has it (`classifier`, names prefixed with `module.`) and
 * `<base>.safetensors` under its plain names.
 */
export async function saveProbe(base: string, parameters: LoadedProbe, record: ProbeRecord): Promise<void> {
  const classifier = new Map(Object.entries(parameters).map(([name, tensor]) => [`module.${name}`, tensor]));
  await writeTorchCheckpoint(`${base}.pth.tar`, {
    classifier,
    opt: {},
    scaler: null,
    epoch: record.epoch,
    batch_size: record.batchSize,
    world_size: 1,
    lr: record.learningRate,
  });
  await writeSafetensors(`${base}.safetensors`, parameters, { epoch: String(record.epoch) });
}
