/** One more than the highest number behind the prefix: how many blocks `blocks.0.…`, `blocks.1.…` are. */
export function countBlocks(prefix: string, names: Iterable<string>): number {
  let count = 0;
  for (const name of names) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const number = Number(name.slice(prefix.length + 1).split('.')[0]);
    if (Number.isInteger(number)) count = Math.max(count, number + 1);
  }
  return count;
}
