const HEADER_BYTES = 13;
const TAG_HEADER_BYTES = 11;
const VIDEO = 9;
/** A video tag that says that the stream ends. */
const END_BYTES = 5;

interface Tag {
  kind: number;
  milliseconds: number;
  data: Buffer;
}

/**
 * One FLV recording of two, as a live stream is whose sender starts anew: the second one's parameter sets come in
 * mid-stream.
 */
export function joinFlv(first: Buffer, second: Buffer, frameMilliseconds: number): Buffer {
  const head = tagsOf(first).filter(({ kind, data }) => kind !== VIDEO || data.length > END_BYTES);
  const start = Math.max(...head.map(({ milliseconds }) => milliseconds)) + frameMilliseconds;
  const tail = tagsOf(second).filter(({ kind }) => kind === VIDEO);
  const moved = tail.map((tag) => ({ ...tag, milliseconds: tag.milliseconds + start }));
  return Buffer.concat([first.subarray(0, HEADER_BYTES), ...[...head, ...moved].map(writeTag)]);
}

function tagsOf(flv: Buffer): Tag[] {
  const tags: Tag[] = [];
  for (let at = HEADER_BYTES; at + TAG_HEADER_BYTES <= flv.length; ) {
    const length = flv.readUIntBE(at + 1, 3);
    const milliseconds = flv.readUIntBE(at + 4, 3) + flv[at + 7]! * 2 ** 24;
    const data = flv.subarray(at + TAG_HEADER_BYTES, at + TAG_HEADER_BYTES + length);
    tags.push({ kind: flv[at]!, milliseconds, data });
    at += TAG_HEADER_BYTES + length + 4;
  }
  return tags;
}

function writeTag({ kind, milliseconds, data }: Tag): Buffer {
  const header = Buffer.alloc(TAG_HEADER_BYTES);
  header[0] = kind;
  header.writeUIntBE(data.length, 1, 3);
  header.writeUIntBE(milliseconds % 2 ** 24, 4, 3);
  header[7] = Math.floor(milliseconds / 2 ** 24);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(TAG_HEADER_BYTES + data.length);
  return Buffer.concat([header, data, size]);
}
