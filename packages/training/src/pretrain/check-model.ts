import { compareShapes, requireSameShapes } from '@vjepa/checkpoints';
import { type HostTensor, takeBranch } from '@vjepa/engine';
import { clipEncoderParameterShapes, clipPredictorParameterShapes } from '@vjepa/vit';
import { InputError, reasonOf } from '../input-error.js';
import type { PretrainingModel } from '../plan/pretraining-model.js';
import { option, sentence } from '../sentence.js';

/** Refuses the state of a model with other sizes. @throws InputError naming what differs */
export function checkModel(path: string, plan: PretrainingModel, state: Record<string, HostTensor>): void {
  const { encoder, predictor, hasTargetEncoder } = plan;
  const hasTarget = Object.keys(takeBranch(state, 'target_encoder')).length > 0;
  if (hasTarget !== hasTargetEncoder) {
    const [found, expected] = hasTarget ? ['a', 'pixels'] : ['no', 'features'];
    const problem = sentence`has ${found} target encoder, and with ${option('objective.targets')} ${expected} are predicted`;
    throw new InputError({ subject: path, problem, code: 'other-model' });
  }
  const models = {
    encoder: clipEncoderParameterShapes(encoder),
    predictor: clipPredictorParameterShapes(predictor),
    ...(hasTargetEncoder && { target_encoder: clipEncoderParameterShapes(encoder) }),
  };
  for (const [name, shapes] of Object.entries(models)) {
    const comparison = compareShapes(shapes, new Map(Object.entries(takeBranch(state, name))));
    try {
      const { positionTables, misshaped } = comparison;
      requireSameShapes(path, { ...comparison, misshaped: [...misshaped, ...positionTables] });
    } catch (error) {
      const problem = sentence`${name} of the checkpoint is not ${option('model')}: ${reasonOf(error)}`;
      throw new InputError({ problem, code: 'other-model', cause: error });
    }
  }
}
