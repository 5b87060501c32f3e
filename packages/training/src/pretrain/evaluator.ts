import type { Engine, StepRunner } from '@vjepa/engine';
import type { PretrainingState } from '@vjepa/jepa';
import { reasonOf } from '../input-error.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import type { PlannedOutputs } from '../plan/planned-step.js';
import type { PlannedInputs } from '../plan/step-inputs.js';
import type { RunLog } from '../run/run-log.js';
import { sentence } from '../sentence.js';

/** Measures, now and then during a run, what the model has learned. */
export interface Evaluator {
  /** For messages: `the probe`. */
  readonly name: string;
  /** Steps between two measurements; the first and the last step have one, too. */
  readonly every: number;
  /**
   * Gets ready, once, before the run begins.
   *
   * @throws when it could never measure anything, which ends the run before it has begun
   */
  open(run: { engine: Engine; plan: PretrainingPlan }): Promise<OpenEvaluator>;
}

/** The model of a run, to be read: `await model.readState(['targetEncoder'])`, which is empty where pixels are predicted. */
export type TrainedModel = Pick<StepRunner<PretrainingState, PlannedInputs, PlannedOutputs>, 'readState'>;

/** An evaluator of a run that is under way. */
export interface OpenEvaluator {
  /**
   * Reads the model from the training step's state, which stays as it is. What throws is a line in the log: the training
   * goes on.
   *
   * @param step updates done
   */
  measure(model: TrainedModel, step: number): Promise<Measurement>;
  dispose(): void;
}

/** What an evaluator found. */
export interface Measurement {
  /** Joins the step's metrics, names as in `metrics.jsonl`. */
  metrics: Record<string, number>;
  /** A line for the log. */
  line: string;
}

/** The evaluators of a run. */
export interface Evaluators {
  /** What is found after a step, if one is due. */
  measure(model: TrainedModel, step: number): Promise<Record<string, number>>;
  dispose(): void;
}

export async function openEvaluators(
  evaluators: readonly Evaluator[],
  run: { engine: Engine; plan: PretrainingPlan; totalSteps: number; log: RunLog },
): Promise<Evaluators> {
  const open: { evaluator: Evaluator; opened: OpenEvaluator }[] = [];
  for (const evaluator of evaluators) open.push({ evaluator, opened: await evaluator.open(run) });
  return {
    async measure(model, step) {
      const found: Record<string, number> = {};
      for (const { evaluator, opened } of open) {
        if (step !== 1 && step % evaluator.every !== 0 && step !== run.totalSteps) continue;
        try {
          const { metrics, line } = await opened.measure(model, step);
          run.log(line);
          Object.assign(found, metrics);
        } catch (error) {
          run.log(sentence`warning: step ${step}: ${evaluator.name} failed and is left out: ${reasonOf(error)}`);
        }
      }
      return found;
    },
    dispose() {
      for (const { opened } of open) opened.dispose();
    },
  };
}
