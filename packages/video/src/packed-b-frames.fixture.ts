/** MPEG-4 start code of a picture (VOP), and the two bits after it that tell its kind. */
const VOP = Buffer.from([0, 0, 1, 0xb6]);
const B_FRAME = 2;

/**
 * Rewrites an AVI of MPEG-4 with single B-frames into DivX's "packed" form: a B-frame is stored behind the frame it
 * follows in the same chunk, and an empty picture takes its own place.
 */
export function packBFrames(avi: Buffer): Buffer {
  const { before, chunks } = readChunks(avi);
  const packed: Buffer[] = [];
  for (let i = 0; i < chunks.length; i++) {
    const next = chunks[i + 1];
    if (next && pictureKind(next) === B_FRAME && pictureKind(chunks[i]!) !== B_FRAME) {
      packed.push(withPackedMark(Buffer.concat([chunks[i]!, next])), emptyPicture());
      i++;
    } else packed.push(i === 0 ? withPackedMark(chunks[i]!) : chunks[i]!);
  }
  return writeAvi(before, packed);
}

function pictureKind(chunk: Buffer): number {
  return chunk[chunk.indexOf(VOP) + 4]! >> 6;
}

/** A P picture whose `vop_coded` bit is 0: show nothing new. */
function emptyPicture(): Buffer {
  return Buffer.concat([VOP, Buffer.from([0x51, 0xff])]);
}

/** DivX's user data, by which decoders recognise the packed form. */
function withPackedMark(chunk: Buffer): Buffer {
  const at = chunk.indexOf(VOP);
  const mark = Buffer.concat([Buffer.from([0, 0, 1, 0xb2]), Buffer.from('DivX503b1393p\0', 'latin1')]);
  return Buffer.concat([chunk.subarray(0, at), mark, chunk.subarray(at)]);
}

/** The bytes before the `movi` list, and the video chunks in it. */
function readChunks(avi: Buffer): { before: Buffer; chunks: Buffer[] } {
  const movi = avi.indexOf('movi', 0, 'latin1');
  const end = movi + avi.readUInt32LE(movi - 4);
  const chunks: Buffer[] = [];
  for (let offset = movi + 4; offset + 8 <= end; ) {
    const length = avi.readUInt32LE(offset + 4);
    if (avi.toString('latin1', offset, offset + 4) === '00dc')
      chunks.push(avi.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length + (length & 1);
  }
  return { before: avi.subarray(0, movi - 8), chunks };
}

function writeAvi(before: Buffer, chunks: Buffer[]): Buffer {
  const body: Buffer[] = [];
  const index: Buffer[] = [];
  let offset = 4;
  for (const chunk of chunks) {
    const header = Buffer.alloc(8);
    header.write('00dc', 'latin1');
    header.writeUInt32LE(chunk.length, 4);
    const entry = Buffer.alloc(16);
    entry.write('00dc', 'latin1');
    entry.writeUInt32LE(pictureKind(chunk) === 0 ? 0x10 : 0, 4);
    entry.writeUInt32LE(offset, 8);
    entry.writeUInt32LE(chunk.length, 12);
    index.push(entry);
    body.push(header, chunk, Buffer.alloc(chunk.length & 1));
    offset += 8 + chunk.length + (chunk.length & 1);
  }
  const list = (name: string, kind: string, parts: Buffer[]) => {
    const content = Buffer.concat(parts);
    const header = Buffer.alloc(8);
    header.write(name, 'latin1');
    header.writeUInt32LE(content.length + kind.length, 4);
    return Buffer.concat([header, Buffer.from(kind, 'latin1'), content]);
  };
  const file = Buffer.concat([before, list('LIST', 'movi', body), list('idx1', '', index)]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}
