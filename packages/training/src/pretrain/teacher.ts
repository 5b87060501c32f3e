import { compareShapes, requireSameShapes } from '@vjepa/checkpoints';
import type { FloatTensor } from '@vjepa/engine';
import { clipEncoderParameterShapes } from '@vjepa/vit';
import { InputError } from '../input-error.js';
import type { PretrainingModel } from '../plan/pretraining-model.js';
import { unfitSetting } from '../require-setting.js';
import { tensorChecksum } from '../run/checkpoint-store.js';
import { option } from '../sentence.js';

/** An encoder's parameters by the names of the reference state dict, or what loads them. */
export type TeacherWeights = Record<string, FloatTensor> | (() => Promise<Record<string, FloatTensor>>);

/**
 * The parameters of a plan's teacher; undefined where it has none.
 *
 * @param before the checksum of those that a run was begun with, where it is gone on with
 * @throws InputError where a teacher is missing or is none of the plan's; CheckpointError naming what of it has another shape
 */
export async function teacherOf(
  { teacher }: Pick<PretrainingModel, 'teacher'>,
  given: TeacherWeights | undefined,
  before: unknown,
): Promise<Teacher | undefined> {
  if (teacher === undefined) {
    if (given === undefined) return undefined;
    throw unfitSetting('teacher', 'none where the plan has no teacher', 'one');
  }
  if (given === undefined) throw unfitSetting('teacher', "parameters of the plan's teacher", given);
  const found = typeof given === 'function' ? await given() : given;
  const shapes = clipEncoderParameterShapes(teacher);
  // Files of V-JEPA 2 have a position table that nothing reads.
  const parameters = Object.fromEntries(Object.entries(found).filter(([name]) => name !== 'pos_embed'));
  requireSameShapes("the teacher's parameters", compareShapes(shapes, new Map(Object.entries(parameters))));
  const checksum = tensorChecksum(parameters);
  if (before !== undefined && before !== checksum) {
    throw new InputError({
      subject: option('teacher'),
      problem: 'is another than the one that this run was begun with, and would not lead to the same student',
      remedy: 'Name the file of then: of a run one of its checkpoints, and not its folder, which has newer ones',
    });
  }
  return { parameters, checksum };
}

/** A teacher, and what tells it from another. */
export interface Teacher {
  parameters: Record<string, FloatTensor>;
  checksum: string;
}
