import type { ClassificationResult } from '@vjepa/benchmarks';

/** One of several questions that a probe answers about each sample. */
export interface AnsweredTask {
  /** As in the probe's `tasks`. */
  name: string;
  /** Names of the answers, in label order. */
  classes: readonly string[];
  /** The answer to it, by the sample's label: of the last task the label itself. */
  labelOf: ArrayLike<number>;
}

/** How a probe did on a set: where it answers several questions, in the last of them, and in each of the others. */
export interface MeasuredResult extends ClassificationResult {
  tasks?: Record<string, ClassificationResult>;
}

/** Labels of samples -> their answers to each task, [B, Q]. */
export function labelsOfTasks(tasks: readonly AnsweredTask[], labels: Int32Array): Int32Array {
  return Int32Array.from({ length: labels.length * tasks.length }, (_, i) => {
    return tasks[i % tasks.length]!.labelOf[labels[Math.floor(i / tasks.length)]!]!;
  });
}

/** What probes are compared by, in percent: top-1, or of several questions the class-mean recall at 5 of the last. */
export function scoreOf(result: MeasuredResult): number {
  return result.tasks ? result.meanPerClassTop5 : result.top1;
}

/** What {@link scoreOf} is called. */
export function scoreName(tasks: readonly AnsweredTask[] | undefined): string {
  return tasks ? `${tasks.at(-1)!.name} recall@5` : 'top-1';
}
