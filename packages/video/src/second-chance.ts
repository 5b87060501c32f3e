import pMap from 'p-map';

/** Time for all that could not be reached, together. */
const PATIENCE_MS = 60_000;

/**
 * Applies `work` to every item, at most `limit` at a time, and once more, one by one, to those whose result says nothing
 * about the item: a server was away, a disk failed, the machine was busy.
 *
 * @param work is told how long it may wait for an item that cannot be reached
 * @param isPassing whether a result says nothing about its item
 * @param onDone told of each result that stands
 */
export async function withSecondChance<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, patienceMs: number) => Promise<Result>,
  isPassing: (result: Result) => boolean,
  onDone: (result: Result) => void,
): Promise<Result[]> {
  const results: Result[] = await pMap(
    items,
    async (item) => {
      const result = await work(item, 0);
      if (!isPassing(result)) onDone(result);
      return result;
    },
    { concurrency: limit },
  );
  const until = performance.now() + PATIENCE_MS;
  for (const [index, result] of results.entries()) {
    if (!isPassing(result)) continue;
    results[index] = await work(items[index]!, Math.max(0, until - performance.now()));
    onDone(results[index]!);
  }
  return results;
}
