/** What extended headers say about the member that follows them. */
export interface PaxFields {
  name?: string;
  link?: string;
  /** NaN when it is none. */
  size?: number;
  sizeText?: string;
  /** Whether what is stored is a list of pieces instead of the file. */
  isSparse?: boolean;
}

/** Whether a header's checksum is right: the sum of its bytes, unsigned or, as some wrote it, signed. */
export function hasChecksum(header: Buffer): boolean {
  let unsigned = 0;
  let signed = 0;
  for (const [i, byte] of header.entries()) {
    const value = i >= 148 && i < 156 ? 32 : byte;
    unsigned += value;
    signed += value > 127 ? value - 256 : value;
  }
  const found = sizeField(header, 148, 8);
  return found === unsigned || found === signed;
}

/**
 * A number of at least 0: octal digits, or for large numbers GNU's binary form marked by the highest bit.
 *
 * @returns NaN for anything else, for negative numbers, and for those beyond what a file can have
 */
export function sizeField(header: Buffer, start: number, length: number): number {
  const first = header[start]!;
  if (first < 128) {
    const digits = /^ *([0-7]*)(?:[ \0]|$)/.exec(header.toString('latin1', start, start + length))?.[1];
    return digits === undefined ? Number.NaN : safe(BigInt(`0o0${digits}`));
  }
  // Binary, in two's complement: the next bit is the sign.
  if (first & 0x40) return Number.NaN;
  let value = BigInt(first & 0x3f);
  for (let i = start + 1; i < start + length; i++) value = (value << 8n) | BigInt(header[i]!);
  return safe(value);
}

function safe(value: bigint): number {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.NaN;
}

/** UTF-8 up to the first zero byte. */
export function textField(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('utf8', start, end >= 0 && end < start + length ? end : start + length);
}

/**
 * The fields of a pax header: records `length key=value\n`.
 *
 * @param damage makes what is thrown for a record that cannot be read
 */
export function extendedFields(content: Buffer, damage: () => Error): PaxFields {
  const fields: PaxFields = {};
  for (let offset = 0; offset < content.length && content[offset] !== 0; ) {
    const digits = /^(\d{1,9}) /.exec(content.toString('latin1', offset, offset + 10))?.[1];
    const length = Number(digits);
    if (digits === undefined || length <= digits.length + 2 || offset + length > content.length) throw damage();
    const record = content.toString('utf8', offset + digits.length + 1, offset + length - 1);
    const split = record.indexOf('=');
    if (split < 0 || content[offset + length - 1] !== 10) throw damage();
    const [key, value] = [record.slice(0, split), record.slice(split + 1)];
    if (key === 'path') fields.name = value;
    else if (key === 'linkpath') fields.link = value;
    else if (key === 'size') {
      fields.sizeText = value;
      fields.size = /^\d{1,20}$/.test(value) ? safe(BigInt(value)) : Number.NaN;
    } else if (key.startsWith('GNU.sparse.')) fields.isSparse = true;
    offset += length;
  }
  return fields;
}
