import { BenchmarkError } from './benchmark-error.js';
import { readJson, readLines } from './text-file.js';

/**
 * Reads class names: a text file with one name per line, or JSON holding a list of names, a map from name to index
 * ({"Closing something": "5"}) or from index to name.
 *
 * @param expected the number of classes, when known
 * @throws BenchmarkError for a wrong number of names, an empty or repeated name, and indices with gaps
 */
export async function readClassNames(path: string, expected?: number): Promise<string[]> {
  const names = path.toLowerCase().endsWith('.json')
    ? namesOfJson(path, await readJson(path))
    : (await readLines(path)).map((line) => line.text.trim());
  if (expected !== undefined && names.length !== expected) {
    throw new BenchmarkError(path, `holds ${names.length} class names, expected ${expected}`);
  }
  const seen = new Map<string, number>();
  names.forEach((name, label) => {
    const first = seen.get(name);
    if (first !== undefined)
      throw new BenchmarkError(path, `class name '${name}' stands at both ${first} and ${label}`);
    seen.set(name, label);
  });
  return names;
}

function namesOfJson(path: string, json: unknown): string[] {
  if (Array.isArray(json)) {
    return json.map((name, label) => {
      if (typeof name !== 'string')
        throw new BenchmarkError(path, `entry ${label} is not a string; expected class names`);
      return name;
    });
  }
  if (typeof json !== 'object' || json === null) {
    throw new BenchmarkError(path, 'expected a list of class names or a map between names and indices');
  }
  const pairs = Object.entries(json).map(([key, value]): [string, number] => {
    const byName = toIndex(value);
    if (byName !== undefined) return [key, byName];
    const byIndex = toIndex(key);
    if (byIndex !== undefined && typeof value === 'string') return [value, byIndex];
    throw new BenchmarkError(path, `'${key}' is mapped to ${JSON.stringify(value)}; expected a class index from 0`);
  });
  const names: string[] = [];
  for (const [name, label] of pairs) {
    if (label >= pairs.length || names[label] !== undefined) {
      throw new BenchmarkError(path, `index ${label} of '${name}' is repeated or above ${pairs.length - 1}`);
    }
    names[label] = name;
  }
  return names;
}

function toIndex(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined;
}

/** A function from class name to label that names the known classes when it fails. */
export function labelLookup(classNames: readonly string[]): (name: string, path: string, line?: number) => number {
  const labels = new Map(classNames.map((name, label) => [name, label]));
  return (name, path, line) => {
    const label = labels.get(name);
    if (label === undefined) throw new BenchmarkError(path, notOneOf(name, classNames), line);
    return label;
  };
}

/** What is wrong with a class that the known ones lack: these, as far as they fit a line. */
export function notOneOf(name: string, classNames: readonly string[]): string {
  const shown = classNames.slice(0, 8).join(', ') + (classNames.length > 8 ? ', …' : '');
  return `class '${name}' is not one of the ${classNames.length} class names (${shown})`;
}

/**
 * Fails when a benchmark does not have the classes it should: a probe with another number of classes, or labels that
 * are shifted by a missing folder, would be silently wrong.
 *
 * @param expected false takes any number
 */
export function checkClassCount(source: string, classNames: readonly string[], expected: number | false): void {
  if (expected !== false && classNames.length !== expected) {
    throw new BenchmarkError(
      source,
      `has ${classNames.length} classes, expected ${expected}; complete it, give the class names, or say that a ` +
        'subset is meant (expectedClasses: false)',
    );
  }
}
