/** Names of state and parameters are paths, parts joined by dots: `encoder.blocks.0.norm1.weight`. */

/** The entries below `branch`, by the rest of their names. */
export function takeBranch<T>(record: Readonly<Record<string, T>>, branch: string): Record<string, T> {
  const prefix = `${branch}.`;
  const taken: Record<string, T> = {};
  for (const [name, value] of Object.entries(record)) {
    if (name.startsWith(prefix)) taken[name.slice(prefix.length)] = value;
  }
  return taken;
}

/** The entries, each below `branch`: the inverse of {@link takeBranch}. */
export function putBelow<T>(branch: string, record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [`${branch}.${name}`, value]));
}
