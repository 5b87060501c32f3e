import { parse } from 'yaml';
import { CommandError, reasonOf } from '../command-error.js';
import { plainTree, requireKey } from './plain-tree.js';

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
  for (const depth of path.keys()) requireKey(`--set ${text}`, path.slice(0, depth + 1));
  return { path, value: plainTree(`--set ${text}`, parsedValue(text, at + 1)) };
}

function parsedValue(text: string, start: number): unknown {
  try {
    return parse(text.slice(start));
  } catch (error) {
    throw new CommandError(`--set ${text}: the value is not YAML: ${reasonOf(error).split('\n')[0]}`);
  }
}

/**
 * A copy of `tree` with the overrides applied in order; numbers in a path address list items, the number after the last
 * a new one.
 *
 * @throws CommandError when a path leads through a plain value, or to an item that a list has not
 */
export function applyOverrides(tree: ConfigTree, overrides: readonly Override[]): ConfigTree {
  const copy = plainTree('the config', tree) as ConfigTree;
  for (const { path, value } of overrides) setAt(copy, path, value);
  return copy;
}

function setAt(tree: ConfigTree, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const depth of path.slice(0, -1).keys()) {
    const found = at(node, path, depth);
    if (found !== undefined && found !== null && typeof found !== 'object') {
      const where = path.slice(0, depth + 1).join('.');
      throw new CommandError(
        `--set ${path.join('.')}: ${where} is ${JSON.stringify(found)}, which has no keys of its own`,
      );
    }
    const next = (found ?? {}) as ConfigTree;
    node[path[depth]!] = next;
    node = next;
  }
  at(node, path, path.length - 1);
  node[path.at(-1)!] = value;
}

/** What stands at a place of the path, undefined where nothing does. */
function at(node: ConfigTree, path: readonly string[], depth: number): unknown {
  const key = path[depth]!;
  if (Array.isArray(node) && !(/^(0|[1-9]\d*)$/.test(key) && Number(key) <= node.length)) {
    const list = path.slice(0, depth).join('.');
    const items = node.length === 0 ? 'is empty' : `has the items 0 to ${node.length - 1}`;
    throw new CommandError(
      `--set ${path.join('.')}: ${list} ${items}, and ${node.length} would be a new one; found ${key}`,
    );
  }
  return Object.hasOwn(node, key) ? node[key] : undefined;
}
