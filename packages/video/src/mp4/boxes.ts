/** A box (atom) inside a buffer: where its content begins and ends. */
export interface Box {
  type: string;
  start: number;
  end: number;
}

/** The boxes that lie one after another in `bytes` from `start` to `end` (ISO/IEC 14496-12); stops at nonsense. */
export function* boxesIn(bytes: DataView, start: number, end: number): Generator<Box> {
  for (let offset = start; offset + 8 <= end; ) {
    const short = bytes.getUint32(offset);
    const type = fourCharacters(bytes, offset + 4);
    const extended = short === 1 && offset + 16 <= end;
    const length = short === 0 ? end - offset : extended ? Number(bytes.getBigUint64(offset + 8)) : short;
    if (length < (extended ? 16 : 8) || offset + length > end) return;
    yield { type, start: offset + (extended ? 16 : 8), end: offset + length };
    offset += length;
  }
}

/** The first box at the end of a path of types, e.g. `['mdia', 'mdhd']`. */
export function findBox(bytes: DataView, inside: Box, path: readonly string[]): Box | undefined {
  let box: Box | undefined = inside;
  for (const type of path) {
    if (!box) return undefined;
    box = [...boxesIn(bytes, box.start, box.end)].find((child) => child.type === type);
  }
  return box;
}

export function fourCharacters(bytes: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => bytes.getUint8(offset + i)));
}
