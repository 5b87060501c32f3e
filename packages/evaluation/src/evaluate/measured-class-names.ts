import { existsSync, readFileSync } from 'node:fs';
import type { EvaluationOutcome } from './evaluate.js';

/**
 * Names of the classes that an evaluation has measured, in label order; undefined where it has not ended or they have none.
 *
 * @param results its `results.json`
 */
export function measuredClassNames(results: string): string[] | undefined {
  if (!existsSync(results)) return undefined;
  const { trainings } = JSON.parse(readFileSync(results, 'utf8')) as Pick<EvaluationOutcome, 'trainings'>;
  const [measured] = trainings.flatMap(({ probes }) => probes.flatMap(({ validation }) => validation ?? []));
  const names = measured?.perClass.map(({ name }) => name);
  return names?.some((name, label) => name !== String(label)) ? names : undefined;
}
