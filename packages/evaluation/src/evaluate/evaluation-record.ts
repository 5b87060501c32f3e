import { type RunRecord, settingsRecord } from '@vjepa/training';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import type { EvaluationPlan } from './evaluation-plan.js';

/** How a folder of results keeps what was asked for. */
export interface EvaluationRecord {
  /** The file of the settings. */
  run: RunRecord;
  /** The settings as data: in `results.json`, and compared when the evaluation is resumed. */
  settings: object;
  /** Keys of the settings, dots between, that may be others then, because no number depends on them. */
  mayChange: ReadonlySet<string>;
}

/** What may be another when an evaluation is resumed: how fast it is computed, and names of what is compared itself. */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  ...['loading.workers', 'loading.timeLimitMs', 'encoderBatch', 'probeBatch', 'validateEvery', 'tag'],
  ...[
    'data.annotations',
    'data.videos',
    'checkpoint',
    'data.train',
    'data.validation',
    'data.test',
    'data.root',
    'data.classNames',
  ],
]);

/** The plan itself, in `settings.json`. */
export function planRecord(plan: EvaluationPlan | AnticipationPlan): EvaluationRecord {
  return { run: settingsRecord(plan.kind, plan), settings: plan, mayChange: MAY_CHANGE };
}
