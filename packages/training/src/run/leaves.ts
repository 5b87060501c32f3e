/** Every value of a tree by its dotted path, as JSON; what is undefined is not there. */
function leaves(tree: unknown, path = ''): Map<string, string> {
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return new Map([[path, JSON.stringify(tree)]]);
  return new Map(
    Object.entries(tree)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) => [...leaves(value, path === '' ? key : `${path}.${key}`)]),
  );
}

/** The keys in which two trees differ, as `key: old -> new`. */
export function leafDifferences(before: unknown, now: unknown, passOver: ReadonlySet<string> = new Set()): string[] {
  const [old, fresh] = [leaves(before), leaves(now)];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((key) => old.get(key) !== fresh.get(key) && !passOver.has(key))
    .map((key) => `${key}: ${old.get(key) ?? 'not there'} -> ${fresh.get(key) ?? 'not there'}`);
}
