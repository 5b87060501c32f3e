import type { HostTensor } from '@vjepa/vit';
import { isTrainable } from './parameter-groups.js';

/**
 * The state of a new pretraining run: `encoder.*`, `predictor.*`, `target_encoder.*`, and AdamW's moments at zero for
 * everything that is trained.
 *
 * @param models parameters by model, with the names of the reference state dict. A target encoder that is not given
 *   starts as the encoder; it shares the encoder's arrays, which backends copy.
 */
export function initialPretrainingState(models: {
  encoder: Record<string, HostTensor>;
  predictor: Record<string, HostTensor>;
  targetEncoder?: Record<string, HostTensor> | undefined;
}): Record<string, HostTensor> {
  return {
    ...withPrefix('encoder.', models.encoder),
    ...withPrefix('predictor.', models.predictor),
    ...withPrefix('target_encoder.', models.targetEncoder ?? models.encoder),
    ...initialMoments({ ...withPrefix('encoder.', models.encoder), ...withPrefix('predictor.', models.predictor) }),
  };
}

/** AdamW's moments at zero: `exp_avg.<name>` and `exp_avg_sq.<name>` of every trainable parameter. */
export function initialMoments(parameters: Record<string, HostTensor>): Record<string, HostTensor> {
  const moments: Record<string, HostTensor> = {};
  for (const kind of ['exp_avg', 'exp_avg_sq']) {
    for (const [name, { shape, data }] of Object.entries(parameters)) {
      if (isTrainable(name)) moments[`${kind}.${name}`] = { shape, data: new Float32Array(data.length) };
    }
  }
  return moments;
}

function withPrefix(prefix: string, tensors: Record<string, HostTensor>): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}
