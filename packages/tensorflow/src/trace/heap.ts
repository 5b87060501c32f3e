/** A binary heap: what has the lowest key comes first. */
export class Heap<T> {
  readonly #items: { item: T; key: number }[] = [];
  readonly #keyOf: (item: T) => number;

  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const items = this.#items;
    const entry = { item, key: this.#keyOf(item) };
    let i = items.length;
    items.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (items[parent]!.key <= entry.key) break;
      items[i] = items[parent]!;
      i = parent;
    }
    items[i] = entry;
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const entry = items.pop();
    if (first === undefined || entry === undefined || items.length === 0) return first?.item;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]!.key < items[child]!.key) child++;
      if (items[child]!.key >= entry.key) break;
      items[i] = items[child]!;
      i = child;
    }
    items[i] = entry;
    return first.item;
  }
}
