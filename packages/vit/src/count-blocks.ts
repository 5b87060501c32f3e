/** Parameters by name, of which only the shapes matter. */
export type NamedShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** One more than the highest number behind a prefix: of `blocks`, how many transformer blocks parameters are of. */
export function countBlocks(tensors: NamedShapes, prefix: string): number {
  let count = 0;
  for (const name of tensors.keys()) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const number = Number(name.slice(prefix.length + 1).split('.')[0]);
    if (Number.isInteger(number)) count = Math.max(count, number + 1);
  }
  return count;
}
