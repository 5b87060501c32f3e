import type { StateDict } from '@vjepa/checkpoints';
import { InputError, option, sentence } from '@vjepa/training';
import { describeArchitecture, isRotary } from './describe-architecture.js';

/** What is wrong with an encoder of other sizes than the one expected. */
export function otherArchitecture(path: string, difference: string): InputError {
  return new InputError({
    subject: path,
    problem: difference,
    remedy: 'Name the model that the checkpoint was made for, or none: its sizes are then read from the checkpoint',
    code: 'other-architecture',
  });
}

/** What is wrong with a model that is another part of a run, or something else. */
export function noEncoder(path: string, key: string | undefined): InputError {
  return new InputError({
    subject: path,
    problem:
      `${key === undefined ? 'the file' : `'${key}'`} is no encoder: expected the tensors pos_embed, ` +
      'patch_embed.proj.weight and blocks.0.mlp.fc1.weight',
    remedy: "name the model's key, or another file",
    code: 'no-encoder',
  });
}

/** @throws InputError when the parameters are those of a V-JEPA 2 encoder */
export function refuseRotary(path: string, tensors: StateDict['tensors']): void {
  if (!isRotary(tensors)) return;
  throw new InputError({
    subject: path,
    problem: sentence`holds a V-JEPA 2 encoder, ${describeArchitecture(tensors)}. It rotates positions inside attention; these models add a position table and cannot run it. ${option('inspectCheckpoint and convertCheckpoint')} can read it`,
    code: 'rotary',
  });
}
