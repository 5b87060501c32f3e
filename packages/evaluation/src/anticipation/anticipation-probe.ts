import { anticipationProbeConfig, type ProbeConfig } from '@vjepa/probe';
import { InputError, option, reasonOf, sentence } from '@vjepa/training';
import { type FoundProbe, type LoadedProbe, type LoadProbeOptions, loadProbe } from '../checkpoint/load-probe.js';
import { otherWidth } from '../classify/classifier.js';
import type { AnsweredTask } from '../evaluate/answered-task.js';
import type { AnticipationPlan } from './anticipation-plan.js';

/**
 * Reads a trained probe for anticipation: one trained here, or one of V-JEPA 2's published ones.
 *
 * @param tasks those of the data, which it must answer
 * @throws InputError when it is another probe, one of features of another width or of other numbers of classes, or as
 *   `loadProbe` does
 */
export async function loadAnticipationProbe(
  path: string,
  { encoder, probe: { numHeads: planned } }: Pick<AnticipationPlan, 'encoder' | 'probe'>,
  tasks: readonly AnsweredTask[],
  { head, numHeads = planned }: LoadProbeOptions & { numHeads?: number | undefined } = {},
): Promise<{ probe: ProbeConfig; parameters: LoadedProbe; notes: string[] }> {
  return loadProbe(
    path,
    (found) => {
      if (found.embedDim !== encoder.embedDim) throw otherWidth(path, found, encoder);
      const [verb, noun, action] = requireTasks(path, found, tasks);
      try {
        return anticipationProbeConfig(encoder, { verb, noun, action }, { depth: found.depth, numHeads });
      } catch (error) {
        const problem = sentence`no tensor tells its number of heads: ${reasonOf(error)}`;
        throw new InputError({ subject: path, problem, remedy: sentence`give ${option('numHeads')}`, cause: error });
      }
    },
    { head },
  );
}

/** @returns numbers of verbs, nouns and actions */
function requireTasks(path: string, found: FoundProbe, tasks: readonly AnsweredTask[]): [number, number, number] {
  const expected = tasks.map(({ name, classes }) => `${classes.length} ${name}s`);
  if (found.tasks === undefined) {
    throw new InputError({
      subject: path,
      problem: `the probe tells ${found.classes} classes apart, and not verbs, nouns and actions`,
      remedy: 'give the probe of an anticipation, or evaluate a classification with it',
      code: 'other-task',
    });
  }
  const counts = found.tasks.map(({ classes }) => classes);
  if (tasks.every(({ classes }, q) => classes.length === counts[q])) return counts as [number, number, number];
  throw new InputError({
    subject: path,
    problem:
      `the probe tells ${found.tasks.map(({ name, classes }) => `${classes} ${name}s`).join(', ')} apart, ` +
      `the training set's annotations have ${expected.join(', ')}`,
    remedy: 'give the annotations that it was trained with',
    code: 'other-classes',
  });
}
