import type { HostGroup, HostTensor } from '@vjepa/engine';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import type { ResultsRunOptions } from '../results-run.js';
import type { MeasuringOptions } from './evaluation-context.js';
import type { EvaluationPlan } from './evaluation-plan.js';

/** What `evaluate` is told: the plan, the folder and the engine are needed. */
export interface EvaluateOptions extends ResultsRunOptions, MeasuringOptions {
  plan: EvaluationPlan | AnticipationPlan;
  /** Folder of cached features. Default: features are computed whenever they are needed. */
  cache?: string | undefined;
  /** The frozen encoder's parameters, in place of those of the plan's checkpoint. */
  parameters?: Record<string, HostTensor> | undefined;
  /**
   * Processes that compute features with this one, each its part; the first has the folder and trains the probes, which
   * come out as those of one process. Default: this process alone.
   */
  hosts?: HostGroup | undefined;
}
