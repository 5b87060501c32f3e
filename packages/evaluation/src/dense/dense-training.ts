import { compileNotice, type Engine, inputsAhead, scalarOf } from '@vjepa/engine';
import { InputError, option, sentence } from '@vjepa/training';
import type { LossTraining } from '../train-by-loss.js';
import type { DenseBatches } from './dense-batches.js';
import type { DensePlan } from './dense-plan.js';
import type { DenseTrainer } from './dense-prober.js';

export interface DenseTrainingOptions {
  plan: DensePlan;
  engine: Engine;
  trainer: DenseTrainer;
  batches: DenseBatches;
  /** How many are trained on. */
  pictures: number;
  candidates: readonly { learningRate: number; weightDecay: number }[];
}

/** What is trained, on what, step by step. The loss that is told is the lowest of all probes', so that a rate that is too large ends nothing. */
export function denseTraining({
  plan,
  engine,
  trainer,
  batches,
  pictures,
  candidates,
}: DenseTrainingOptions): Pick<
  LossTraining,
  'epochs' | 'stepsPerEpoch' | 'model' | 'description' | 'compiling' | 'remedy' | 'steps'
> {
  const { epochs, warmup } = plan.training;
  const { stepsPerEpoch, batchSize } = batches;
  const { kind, encoder } = plan;
  const B = batchSize;
  const total = epochs * stepsPerEpoch;
  const type = kind === 'dense_depth_frozen' ? 'depth' : 'classes';
  return {
    ...{ epochs, stepsPerEpoch, model: trainer },
    description:
      `training ${candidates.length} linear ${candidates.length === 1 ? 'layer' : 'layers'} (${type}) on ${pictures} ` +
      `pictures: ${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize}`,
    compiling: compileNotice(engine, 'the encoder', encoder.depth),
    remedy: sentence`start again with lower ${option('training.learningRates')}`,
    async *steps(epoch, first) {
      const updates = async function* () {
        let step = epoch * stepsPerEpoch + first;
        let counted = first > 0;
        for await (const { features, targets, shape, counts } of batches.epoch(epoch, first)) {
          step += 1;
          counted ||= counts;
          // Crops may have missed the few pixels that count.
          const isEpoch = step === stepsPerEpoch;
          if (isEpoch && !counted && !(await batches.someCount())) throw nothingCounts(plan, pictures);
          const factor = rateFactor(step, total, warmup);
          const tokens = features.length / B / encoder.embedDim;
          const inputs = {
            features: { shape: [B, tokens, encoder.embedDim], data: features },
            targets: { shape: [B, ...shape], data: targets },
            learningRate: candidates.map(({ learningRate }) => learningRate * factor),
            weightDecay: candidates.map(({ weightDecay }) => weightDecay),
            step,
          };
          yield { inputs };
        }
      };
      for await (const { inputs } of inputsAhead(trainer.run, updates())) {
        const { loss } = await trainer.run(inputs);
        yield lowest(loss.map(scalarOf));
      }
    },
  };
}

/** @param where what of the set has nothing that counts. Default: the training split */
export function nothingCounts(
  { kind, data, probe }: DensePlan,
  pictures: number,
  where: string = data.train,
): InputError {
  const pixels =
    kind === 'dense_depth_frozen' ? `a depth from ${probe.minDepth} to ${probe.maxDepth} metres` : 'a class';
  const problem = `no pixel of ${where} (${pictures} ${pictures === 1 ? 'picture' : 'pictures'}) has ${pixels}`;
  return new InputError({ subject: data.root, problem, remedy: 'check what its annotations hold' });
}

/** Of the learning rate at a step, counted from 1: up along a line, and down to 0 along another. */
export function rateFactor(step: number, total: number, warmup: number): number {
  const rising = Math.trunc(warmup * total);
  if (step <= rising) return step / rising;
  return Math.max(0, (total - step + 1) / Math.max(1, total - rising));
}

/** NaN where none is a number. */
function lowest(losses: readonly number[]): number {
  const finite = losses.filter(Number.isFinite);
  return finite.length === 0 ? Number.NaN : Math.min(...finite);
}
