import { createHash } from 'node:crypto';
import { crc32, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { packTar, type TarEntry } from 'modern-tar';

/** A wheel with the files TensorFlow's have and we want, and some we do not. */
export function fakeTensorFlowWheel(project: string, requirements: string[] = []): Uint8Array {
  const metadata = ['Metadata-Version: 2.4', `Name: ${project}`, 'Provides-Extra: and-cuda', ...requirements];
  return zipSync({
    tensorflow: {
      'libtensorflow_cc.so.2': new Uint8Array(300_000).fill(7),
      'libtensorflow_framework.so.2': new Uint8Array(1000).fill(8),
      'THIRD_PARTY_NOTICES.txt': Buffer.from('notices'),
      include: { LICENSE: Buffer.from('Apache') },
      python: { 'much_else.so': new Uint8Array(5000) },
    },
    [`${project}-2.21.0.dist-info`]: { METADATA: Buffer.from(`${metadata.join('\n')}\n\nRequires-Dist: prose\n`) },
  });
}

/** A wheel of NVIDIA's: libraries, headers, and for the compiler a program. */
export function fakeNvidiaWheel(part: string, library: string): Uint8Array {
  return zipSync({
    nvidia: {
      '__init__.py': new Uint8Array(),
      [part]: {
        lib: { [library]: Buffer.from(library), '__init__.py': new Uint8Array() },
        include: { 'header.h': new Uint8Array(10) },
        bin: { tool: [Buffer.from('tool'), { os: 3, attrs: 0o100755 << 16 }] },
      },
    },
    [`nvidia_${part}_cu12-12.9.dist-info`]: { 'License.txt': Buffer.from('NVIDIA') },
  });
}

/** TensorFlow's archive of its C library: versioned files, and links to them. */
export async function fakeOfficialArchive(more: TarEntry[] = []): Promise<Uint8Array> {
  return gzipSync(
    await packTar([
      { header: { name: './', size: 0, type: 'directory' } },
      tarFile('./LICENSE', Buffer.from('Apache')),
      tarFile('./include/tensorflow/c/c_api.h', Buffer.from('int main;')),
      tarFile('./lib/libtensorflow.so.2.18.0', noise(400_000)),
      tarLink('./lib/libtensorflow.so.2', 'libtensorflow.so.2.18.0'),
      tarFile('./lib/libtensorflow_framework.so.2.18.0', noise(2000)),
      tarLink('./lib/libtensorflow_framework.so.2', 'libtensorflow_framework.so.2.18.0'),
      ...more,
    ]),
  );
}

/** Bytes gzip cannot shrink. */
export function noise(length: number): Buffer {
  let word = 1;
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
      return word >>> 24;
    }),
  );
}

export function tarFile(name: string, body: Buffer): TarEntry {
  return { header: { name, size: body.length, mode: 0o755 }, body };
}

export function tarLink(name: string, linkname: string): TarEntry {
  return { header: { name, size: 0, type: 'symlink', linkname } };
}

/** A zip file as written for archives beyond 4 GiB: every size and offset in ZIP64 fields, whatever it is. */
export function zip64(name: string, data: Buffer): Buffer {
  const [size, checksum] = [data.length, crc32(data)];
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt32LE(checksum, 16);
  for (const at of [20, 24, 42]) central.writeUInt32LE(0xffffffff, at);
  central.writeUInt16LE(name.length, 28);
  central.writeUInt16LE(28, 30);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(size), 4);
  extra.writeBigUInt64LE(BigInt(size), 12);
  const directory = Buffer.concat([central, Buffer.from(name), extra]);
  const start = 30 + name.length + size;
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(1n, 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(start + directory.length), 8);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.fill(0xff, 8, 20);
  return Buffer.concat([local, Buffer.from(name), data, directory, end64, locator, end]);
}

export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
