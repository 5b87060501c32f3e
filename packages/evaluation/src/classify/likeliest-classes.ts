/** A class and how likely it is. */
export interface LikelyClass {
  label: number;
  /** Its name, or its number where the classes have none. */
  name: string;
  probability: number;
}

/**
 * The likeliest classes, best first; of equal ones the first.
 *
 * @param probabilities [classes]
 * @param classes names in label order, or their number
 * @param top how many
 */
export function likeliestClasses(
  probabilities: ArrayLike<number>,
  classes: readonly string[] | number,
  top: number,
): LikelyClass[] {
  const nameOf = (label: number) => (typeof classes === 'number' ? undefined : classes[label]) ?? String(label);
  return Array.from(probabilities, (probability, label) => ({ label, name: nameOf(label), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}
