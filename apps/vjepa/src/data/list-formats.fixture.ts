/** A ustar member: header and padded content. */
export function tarMember(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(-content.length & 511)]);
}

/** A NumPy file (version 1.0) with an array of unicode strings, as numpy.save writes it. */
export function npyOfPaths(paths: string[]): Buffer {
  const width = Math.max(...paths.map((path) => path.length));
  const dictionary = `{'descr': '<U${width}', 'fortran_order': False, 'shape': (${paths.length},), }`;
  const text = `${dictionary.padEnd(117)}\n`;
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length & 255, text.length >> 8]);
  const body = Buffer.alloc(4 * width * paths.length);
  paths.forEach((path, i) => {
    [...path].forEach((character, k) => void body.writeUInt32LE(character.codePointAt(0)!, 4 * (i * width + k)));
  });
  return Buffer.concat([head, Buffer.from(text), body]);
}
