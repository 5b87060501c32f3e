import { CommandError } from '../command-error.js';

/** No config nests deeper than a handful of levels. */
const MAX_DEPTH = 32;

/**
 * A copy of a tree as a config can be: every list and section its own, where YAML's aliases would share one, so that
 * changing it in one place changes no other.
 *
 * @param source how errors name it
 * @throws CommandError when it contains itself, nests too deep, or has the key `__proto__`, which JavaScript takes for
 *   something else
 */
export function plainTree(source: string, value: unknown): unknown {
  const copy = (node: unknown, path: readonly string[]): unknown => {
    if (node === null || typeof node !== 'object') return node;
    if (path.length > MAX_DEPTH) {
      const at = path.slice(0, 3).join('.');
      throw new CommandError(`${source}: ${at}… nests deeper than ${MAX_DEPTH} levels, or contains itself`);
    }
    if (Array.isArray(node)) return node.map((item, index) => copy(item, [...path, String(index)]));
    return Object.fromEntries(
      Object.entries(node).map(([key, item]) => {
        requireKey(source, [...path, key]);
        return [key, copy(item, [...path, key])];
      }),
    );
  };
  return copy(value, []);
}

/** @throws CommandError when the last part of the path cannot be a key */
export function requireKey(source: string, path: readonly string[]): void {
  if (path.at(-1) === '__proto__') throw new CommandError(`${source}: ${path.join('.')}: unknown key`);
}
