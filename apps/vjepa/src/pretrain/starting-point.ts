import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compareShapes, requireSameShapes } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { initialPretrainingState } from '@vjepa/jepa';
import { mersenneTwister } from '@vjepa/random';
import {
  type Checkpoint,
  type ExistingRun,
  loadCheckpoint,
  loadNewestCheckpoint,
  type RunFolder,
} from '@vjepa/training';
import { encoderParameterShapes, initializeEncoder, initializePredictor, predictorParameterShapes } from '@vjepa/vit';
import { CommandError, reasonOf } from '../command-error.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { type PretrainingModel, pretrainingModel } from './model.js';
import { readReferenceCheckpoint } from './reference-checkpoint.js';

/** Where a session begins: a state and the updates that led to it. */
export interface StartingPoint extends Checkpoint {
  /** Whether the state comes from a file. */
  resumed: boolean;
}

/**
 * The state a session begins with: that of `meta.read_checkpoint` when one is named and `meta.load_checkpoint` asks for
 * it, else the newest of the run when resuming, else parameters drawn from `meta.seed`, the target a copy of the
 * encoder, and AdamW's moments zero.
 *
 * @throws CommandError when there is nothing to resume or the state is another model's.
 */
export async function startingPoint(
  config: PretrainingConfig,
  folder: RunFolder,
  existing: ExistingRun,
  stepsPerEpoch: number,
  log: (line: string) => void,
): Promise<StartingPoint> {
  const model = pretrainingModel(config);
  const { load_checkpoint, read_checkpoint } = config.meta;
  if (load_checkpoint && read_checkpoint !== null) {
    const path = findCheckpoint(read_checkpoint, folder);
    const checkpoint = path.endsWith('.safetensors')
      ? await loadCheckpoint(path)
      : await readReferenceCheckpoint(path, stepsPerEpoch, log);
    checkModel(path, model, checkpoint.state);
    return { ...checkpoint, resumed: true };
  }
  if (existing === 'resume') {
    const checkpoint = await loadNewestCheckpoint(folder.checkpoints, log);
    checkModel(folder.checkpoints, model, checkpoint.state);
    return { ...checkpoint, resumed: true };
  }
  return { step: 0, state: freshState(model, config.meta.seed), run: {}, resumed: false };
}

/** The file as named, or in the run folder, where the reference looks. */
function findCheckpoint(name: string, folder: RunFolder): string {
  const candidates = [join(folder.path, name), name];
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new CommandError(`meta.read_checkpoint: there is no ${candidates.join(' and no ')}`);
  return found;
}

/** Parameters drawn from a seed, the target a copy of the encoder, AdamW's moments zero. */
export function freshState({ encoder, predictor }: PretrainingModel, seed: number): Record<string, HostTensor> {
  const random = mersenneTwister(seed);
  return initialPretrainingState({
    encoder: initializeEncoder(encoder, random),
    predictor: initializePredictor(predictor, random),
  });
}

/** Refuses the state of a model with other sizes, naming what differs. */
function checkModel(path: string, { encoder, predictor }: PretrainingModel, state: Record<string, HostTensor>): void {
  const models = {
    encoder: encoderParameterShapes(encoder),
    predictor: predictorParameterShapes(predictor),
    target_encoder: encoderParameterShapes(encoder),
  };
  for (const [name, shapes] of Object.entries(models)) {
    const prefix = `${name}.`;
    const found = Object.entries(state).filter(([key]) => key.startsWith(prefix));
    const comparison = compareShapes(shapes, new Map(found.map(([key, tensor]) => [key.slice(prefix.length), tensor])));
    try {
      const { positionTables, misshaped } = comparison;
      requireSameShapes(path, { ...comparison, misshaped: [...misshaped, ...positionTables] });
    } catch (error) {
      throw new CommandError(`${name} of the checkpoint is not the config's model: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}
