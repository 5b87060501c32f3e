import type { z } from 'zod';
import { nearestKey } from './nearest-key.js';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/**
 * One line per problem that a schema found: the key's path, what was expected and what was found; an unknown key names
 * the nearest known one, in its own section or, when it stands in another, there.
 */
export function describeProblems(schema: z.ZodType, input: unknown, issues: readonly Issue[]): string[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(schema, issue.path, key))
      : [describeValue(issue, valueAt(input, issue.path))],
  );
}

function unknownKey(schema: z.ZodType, section: Path, key: string): string {
  const here = keysOf(schemaAt(schema, section));
  const near = nearestKey(key, here);
  const where = `${dotted([...section, key])}: unknown key`;
  if (near) return `${where}; did you mean ${dotted([...section, near])}?`;
  const elsewhere = allPaths(schema).find((path) => path.split('.').at(-1) === key);
  if (elsewhere) return `${where} here; it belongs at ${elsewhere}`;
  return `${where}; known here: ${here.join(', ')}`;
}

function describeValue(issue: Issue, found: unknown): string {
  const at = dotted(issue.path) || 'the file';
  if (found === undefined) {
    const missing = issue.code === 'custom' ? issue.message : `is missing, expected ${expectation(issue)}`;
    return `${at}: ${missing}`;
  }
  return `${at}: expected ${expectation(issue)}, found ${written(found)}${typeNote(found)}${nearestNote(issue, found)}`;
}

/** JSON has no word for `.inf` and `.nan`. */
function written(found: unknown): string {
  return typeof found === 'number' ? String(found) : JSON.stringify(found);
}

/** A quoted number is the commonest wrong type, and looks right: say that it is text. */
function typeNote(found: unknown): string {
  return typeof found === 'string' && found.trim() !== '' && !Number.isNaN(Number(found)) ? ' (text)' : '';
}

/** Which of the names that were expected a misspelt one most likely meant. */
function nearestNote(issue: Issue, found: unknown): string {
  if (issue.code !== 'invalid_value' || typeof found !== 'string' || issue.values.length < 2) return '';
  const near = nearestKey(found, issue.values.map(String));
  return near === undefined ? '' : `; did you mean ${near}?`;
}

const typeWords: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a section of keys',
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return `a list of at least ${issue.minimum}`;
      if (issue.origin === 'string') return 'text that is not empty';
      return `a number ${issue.inclusive ? '>=' : '>'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `a list of at most ${issue.maximum}`;
      return `a number ${issue.inclusive ? '<=' : '<'} ${issue.maximum}`;
    default:
      return issue.message.replace(/^expected /, '');
  }
}

function dotted(path: Path): string {
  return path.map(String).join('.');
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, key) => (node === null || node === undefined ? undefined : ownValue(node, key)),
    input,
  );
}

/** Not what every object inherits. */
function ownValue<Value>(node: Readonly<Record<PropertyKey, Value>> | object, key: PropertyKey): Value | undefined {
  return Object.hasOwn(node, key) ? (node as Record<PropertyKey, Value>)[key] : undefined;
}

/** The schema without its defaults, nullability and optionality. */
export function bare(schema: z.ZodType): z.ZodType {
  const def = schema.def as { type: string; innerType?: z.ZodType };
  return def.innerType ? bare(def.innerType) : schema;
}

function shapeOf(schema: z.ZodType | undefined): Record<string, z.ZodType> {
  const def = schema && (bare(schema).def as { shape?: Record<string, z.ZodType> });
  return def?.shape ?? {};
}

function keysOf(schema: z.ZodType | undefined): string[] {
  return Object.keys(shapeOf(schema));
}

function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>((node, key) => {
    if (!node) return undefined;
    const def = bare(node).def as { element?: z.ZodType };
    return typeof key === 'number' ? def.element : ownValue(shapeOf(node), String(key));
  }, schema);
}

/** Every key of the schema with its path, list items written as 0. */
function allPaths(schema: z.ZodType, prefix = ''): string[] {
  const element = (bare(schema).def as { element?: z.ZodType }).element;
  if (element) return allPaths(element, `${prefix}0.`);
  return Object.entries(shapeOf(schema)).flatMap(([key, inner]) => [
    prefix + key,
    ...allPaths(inner, `${prefix}${key}.`),
  ]);
}
