import type { MeasuredResult } from '../evaluate/answered-task.js';
import type { ProbeOutcome } from '../evaluate/evaluation-outcome.js';

/** Class-mean recall at 5, in percent. */
export interface Recall {
  verb: number;
  noun: number;
  action: number;
}

/** What an anticipation is about, of a probe's result; NaN of what it was not asked. */
export function recallOf({ tasks = {}, meanPerClassTop5: action }: MeasuredResult): Recall {
  const of = (name: string) => tasks[name]?.meanPerClassTop5 ?? Number.NaN;
  return { verb: of('verb'), noun: of('noun'), action };
}

/** The best of several probes on the validation set, of verb, noun and action each another one, as it is published. */
export function bestRecall(probes: readonly Pick<ProbeOutcome, 'validation'>[]): Recall {
  const recalls = probes.flatMap(({ validation }) => (validation ? [recallOf(validation)] : []));
  const best = (task: keyof Recall) => Math.max(...recalls.map((recall) => recall[task]));
  return { verb: best('verb'), noun: best('noun'), action: best('action') };
}
