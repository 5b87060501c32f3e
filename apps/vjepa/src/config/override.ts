import { parse } from 'yaml';
import { CommandError, reasonOf } from '../command-error.js';

/** A tree of plain values as YAML gives it. */
export type ConfigTree = { [key: string]: unknown };

/** One `--set a.b=value`: the path of the key and the value, read as YAML. */
export interface Override {
  path: string[];
  value: unknown;
}

/**
 * Reads one `--set` argument. The value is YAML, so numbers, booleans, null and lists are what they look like:
 * `optimization.lr=1e-4`, `data.datasets=[a.csv, b.csv]`, `mask.0.num_blocks=4`. A list of one needs no brackets
 * (`data.datasets=a.csv`), see `lonesAsLists`.
 *
 * @throws CommandError when there is no `=`, no key, or the value is not YAML.
 */
export function parseOverride(text: string): Override {
  const at = text.indexOf('=');
  const path = at < 0 ? [] : text.slice(0, at).trim().split('.');
  if (at < 0 || path.some((part) => part === '')) {
    throw new CommandError(`--set ${text}: expected section.key=value, for example --set optimization.lr=1e-4`);
  }
  try {
    return { path, value: parse(text.slice(at + 1)) };
  } catch (error) {
    throw new CommandError(`--set ${text}: the value is not YAML: ${reasonOf(error).split('\n')[0]}`);
  }
}

/** A copy of `tree` with the overrides applied in order; numbers in a path address list items. */
export function applyOverrides(tree: ConfigTree, overrides: readonly Override[]): ConfigTree {
  const copy = structuredClone(tree);
  for (const { path, value } of overrides) setAt(copy, path, value);
  return copy;
}

function setAt(tree: ConfigTree, path: readonly string[], value: unknown): void {
  let node: ConfigTree = tree;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const next = node[key];
    if (next === undefined || next === null) node[key] = {};
    else if (typeof next !== 'object') {
      const at = path.slice(0, depth + 1).join('.');
      throw new CommandError(`--set ${path.join('.')}: ${at} is ${JSON.stringify(next)}, which has no keys of its own`);
    }
    node = node[key] as ConfigTree;
  }
  node[path.at(-1)!] = value;
}
