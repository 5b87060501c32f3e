import { packTar } from 'modern-tar';

/** A tar archive of these files. */
export function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  return packTar(
    Object.entries(files).map(([name, content]) => {
      const body = Buffer.from(content);
      return { header: { name, size: body.length }, body };
    }),
  );
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
