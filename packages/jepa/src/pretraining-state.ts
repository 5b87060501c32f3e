import { type FloatTensor, putBelow } from '@vjepa/engine';
import { initialMoments } from '@vjepa/optim';
import { trainableParameters } from '@vjepa/vit';

/**
 * The state of a new pretraining run: `encoder.*`, `predictor.*`, `target_encoder.*`, and AdamW's moments at zero for
 * everything that is trained.
 *
 * @param models parameters by model, with the names of the reference state dict. A target encoder that is not given
 *   starts as the encoder; it shares the encoder's arrays, which backends copy.
 */
export function initialPretrainingState(models: {
  encoder: Record<string, FloatTensor>;
  predictor: Record<string, FloatTensor>;
  targetEncoder?: Record<string, FloatTensor> | undefined;
}): Record<string, FloatTensor> {
  const trained = {
    ...putBelow('encoder', models.encoder),
    ...putBelow('predictor', models.predictor),
  };
  return {
    ...trained,
    ...putBelow('target_encoder', models.targetEncoder ?? models.encoder),
    ...initialMoments(trainableParameters(trained)),
  };
}
