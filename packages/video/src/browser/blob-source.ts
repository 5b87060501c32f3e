import type { SourceFile } from '../sources/source-file.js';

/** Bytes fetched at least, so that neighbouring reads find them there. */
const BLOCK_BYTES = 1 << 16;

/** Says which bytes a read wants that are not there yet. */
class BytesWanted {
  constructor(
    readonly start: number,
    readonly end: number,
  ) {}
}

/**
 * Gives `use`, which reads as if everything were in memory, the bytes of a blob: where it reads what is not there yet, it
 * is stopped, the bytes are fetched, and it begins anew. For looks at a few places of a file.
 */
export async function withBlobBytes<T>(blob: Blob, use: (file: SourceFile) => T): Promise<T> {
  const parts: { start: number; bytes: Uint8Array }[] = [];
  const file: SourceFile = {
    size: () => blob.size,
    read(target, offset, length, position) {
      const end = Math.min(blob.size, position + length);
      if (end <= position) return 0;
      const part = parts.find(({ start, bytes }) => start <= position && end <= start + bytes.length);
      if (!part) throw new BytesWanted(position, end);
      target.set(part.bytes.subarray(position - part.start, end - part.start), offset);
      return end - position;
    },
    version: () => '',
    close() {},
  };
  for (;;) {
    try {
      return use(file);
    } catch (wanted) {
      if (!(wanted instanceof BytesWanted)) throw wanted;
      const end = Math.max(wanted.end, wanted.start + BLOCK_BYTES);
      const bytes = new Uint8Array(await blob.slice(wanted.start, end).arrayBuffer());
      parts.push({ start: wanted.start, bytes });
    }
  }
}
