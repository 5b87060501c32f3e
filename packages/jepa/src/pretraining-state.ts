import { type FloatTensor, type HostTensor, type HostTree, takeBranch } from '@vjepa/engine';
import { initialMoments, initialSums } from '@vjepa/optim';
import { type Parameters, trainableParameters } from '@vjepa/vit';

/** The two models that the optimiser trains, or one of AdamW's moments for each of their trained parameters. */
export type TrainedModels = { encoder: Parameters; predictor: Parameters };

/** What pretraining changes from step to step; parameters by the names of the reference state dict. */
export type PretrainingState = {
  /** theta */
  encoder: Parameters;
  /** phi */
  predictor: Parameters;
  /** The moving average of theta. */
  targetEncoder: Parameters;
  expAvg: TrainedModels;
  expAvgSq: TrainedModels;
  /** Gradient accumulation: the sums of `initialGradients`. */
  gradient?: TrainedModels | undefined;
  /** Where a frozen encoder makes the targets, its parameters, which no step changes. */
  teacher?: Parameters | undefined;
};

/**
 * The state of a new pretraining run, with AdamW's moments at zero for everything that is trained.
 *
 * @param models parameters by model, with the names of the reference state dict. A target encoder that is not given
 *   starts as the encoder; it shares the encoder's arrays, which backends copy.
 */
export function initialPretrainingState({
  encoder,
  predictor,
  targetEncoder = encoder,
}: {
  encoder: Record<string, FloatTensor>;
  predictor: Record<string, FloatTensor>;
  targetEncoder?: Record<string, FloatTensor> | undefined;
}) {
  const trained = { encoder: trainableParameters(encoder), predictor: trainableParameters(predictor) };
  return { encoder, predictor, targetEncoder, ...initialMoments(trained) };
}

/** Gradients of the parts of a batch so far, added up: zero, for everything that is trained. */
export function initialGradients({
  encoder,
  predictor,
}: Record<'encoder' | 'predictor', Readonly<Record<string, HostTensor>>>) {
  const trained = { encoder: trainableParameters(encoder), predictor: trainableParameters(predictor) };
  return { gradient: initialSums(trained) as { [Model in keyof typeof trained]: Record<string, FloatTensor> } };
}

/**
 * The state that was laid out flat by `flatten`, as checkpoints hold it: `encoder.*`, `predictor.*`, `target_encoder.*`,
 * `exp_avg.encoder.*`, `exp_avg_sq.predictor.*` and so on. What is missing of a model is found when a step is bound to it.
 */
export function pretrainingStateOf(tensors: Readonly<Record<string, HostTensor>>): HostTree<PretrainingState> {
  const models = (branch: string) => {
    const both = takeBranch(tensors, branch);
    return { encoder: takeBranch(both, 'encoder'), predictor: takeBranch(both, 'predictor') };
  };
  return {
    encoder: takeBranch(tensors, 'encoder'),
    predictor: takeBranch(tensors, 'predictor'),
    targetEncoder: takeBranch(tensors, 'target_encoder'),
    expAvg: models('exp_avg'),
    expAvgSq: models('exp_avg_sq'),
  };
}
