export interface MemberFields {
  /** Default '0', a regular file. */
  type?: string;
  /** What the header's size field holds, 12 bytes. Default: the content's length. */
  size?: string | Buffer;
  link?: string;
  /** Records of an extended header before the member. */
  pax?: Record<string, string>;
}

/** A tar member: ustar header and padded content. */
export function member(name: string, content: Buffer, fields: MemberFields = {}): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0);
  header.write('0000644\0', 100);
  Buffer.from(fields.size ?? `${content.length.toString(8).padStart(11, '0')}\0`).copy(header, 124);
  header.write('        ', 148);
  header.write(fields.type ?? '0', 156);
  header.write(fields.link ?? '', 157);
  header.write('ustar\0', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const records = Object.entries(fields.pax ?? {}).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    return `${rest.length + (rest.length < 8 ? 1 : 2)}${rest}`;
  });
  const extended = records.length === 0 ? [] : [member('././@PaxHeader', Buffer.from(records.join('')), { type: 'x' })];
  return Buffer.concat([...extended, header, content, Buffer.alloc(-content.length & 511)]);
}

/** A whole archive, with the two empty blocks at its end. */
export function archive(...members: readonly Buffer[]): Buffer {
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}
