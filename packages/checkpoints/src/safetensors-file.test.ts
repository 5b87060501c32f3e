import { readFileSync, writeFileSync } from 'node:fs';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from './checkpoint-error.js';
import type { HostTensor } from './host-tensor.js';
import { openCheckpoint } from './open-checkpoint.js';
import { openSafetensors, readSafetensors } from './safetensors-file.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeSafetensors } from './write-safetensors.js';

const reference = fixture('masks-exact/tensors.safetensors');

/** A file with the given header, in JSON or already text, and so many bytes of data. */
function handmade(header: unknown, dataBytes = 0, headerLength?: bigint): string {
  const path = temporaryPath('handmade.safetensors');
  const text = Buffer.from(typeof header === 'string' || Buffer.isBuffer(header) ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
  return path;
}

describe('reading', () => {
  it("a file of the official writer, in its header's order", async () => {
    const { tensors, close } = await openSafetensors(reference);
    expect([...tensors.keys()].slice(0, 2)).toEqual(['call0.context.0', 'call0.context.1']);
    const context = tensors.get('call0.context.0')!;
    expect([context.dtype, context.shape, context.byteLength]).toEqual(['int32', [2, 528], 4224]);
    expect(Array.from((await context.readFloat32()).slice(0, 8))).toEqual([0, 7, 8, 9, 10, 11, 12, 13]);
    expect(await context.read()).toBeInstanceOf(Int32Array);
    await close();
  });

  it('an empty file of tensors', async () => {
    const path = handmade({ __metadata__: { a: 'b' } });
    const { tensors, metadata, close } = await openSafetensors(path);
    expect([tensors.size, metadata]).toEqual([0, { a: 'b' }]);
    await close();
  });
});

describe('writing', () => {
  const tensors: Record<string, HostTensor> = {
    bytes: { shape: [3], data: Uint8Array.of(1, 2, 3) },
    flags: { shape: [2], data: Uint8Array.of(1, 0), dtype: 'bool' },
    float32: { shape: [2, 2], data: Float32Array.of(1, 2, 3, Number.NaN) },
    scalar: { shape: [], data: Float64Array.of(0.1) },
    int64: { shape: [1], data: BigInt64Array.of(-(2n ** 63n)) },
    uint16: { shape: [1], data: Uint16Array.of(65535) },
    empty: { shape: [0, 7], data: new Float32Array(0) },
    half: { shape: [2], data: Float32Array.of(0.5, -2), dtype: 'float16' },
    brain: { shape: [2], data: Float32Array.of(0.5, -2), dtype: 'bfloat16' },
  };

  it('comes back in the order and types it was given', async () => {
    const path = temporaryPath('written.safetensors');
    await writeSafetensors(path, tensors, { note: 'ü' });
    const { tensors: stored, metadata, close } = await openSafetensors(path);
    expect(metadata).toEqual({ note: 'ü' });
    expect([...stored.keys()]).toEqual(Object.keys(tensors));
    expect([...stored.values()].map(({ dtype }) => dtype)).toEqual([
      'uint8',
      'bool',
      'float32',
      'float64',
      'int64',
      'uint16',
      'float32',
      'float16',
      'bfloat16',
    ]);
    await close();
    for (const [name, { shape, data }] of Object.entries(await readSafetensors(path))) {
      expect({ shape, data }).toEqual({ shape: tensors[name]!.shape, data: tensors[name]!.data });
    }
  });

  it('aligns the data to 8 bytes and every tensor to its type', async () => {
    const path = temporaryPath('written.safetensors');
    await writeSafetensors(path, tensors);
    const bytes = readFileSync(path);
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
    expect(header.float32.data_offsets[0] % 4).toBe(0);
    expect(header.scalar.data_offsets[0] % 8).toBe(0);
    expect(header.uint16.data_offsets[0] % 2).toBe(0);
  });

  it('a shape that does not fit its data and the name safetensors keeps are refused', async () => {
    const path = temporaryPath('written.safetensors');
    const wrong = { wrong: { shape: [3], data: Float32Array.of(1) } };
    await expect(writeSafetensors(path, wrong)).rejects.toThrow('shape [3] has 1 elements, expected 3');
    const weight = { shape: [1], data: Float32Array.of(1) };
    await expect(writeSafetensors(path, { weight }, { paths: 'x'.repeat(100_000_000) })).rejects.toThrow(
      /its header would have 100000\d+ bytes, and safetensors allows 100000000/,
    );
    const reserved = { __metadata__: { shape: [1], data: Float32Array.of(1) } };
    await expect(writeSafetensors(path, reserved)).rejects.toThrow(CheckpointError);
    await expect(openSafetensors(path)).rejects.toThrow('no such file');
  });
});

describe('checksums', () => {
  const write = async () => {
    const path = temporaryPath('summed.safetensors');
    const pair = { first: { shape: [2], data: Float32Array.of(1, 2) }, second: { shape: [1], data: Int8Array.of(3) } };
    await writeSafetensors(path, pair, { 0: '00000000 00000000 00000000', step: '10' });
    return path;
  };
  const read = async (path: string) => ({ tensors: await readSafetensors(path), ...(await metadataOf(path)) });

  it('cover the header and every tensor, and are no metadata', async () => {
    const path = await write();
    expect(await read(path)).toMatchObject({
      metadata: { 0: '00000000 00000000 00000000', step: '10' },
      checksums: true,
      tensors: { first: { data: Float32Array.of(1, 2) } },
    });
  });

  it.each([
    ['its header', (bytes: Buffer) => bytes.indexOf('"step":"10"') + 9],
    ["tensor 'second'", (bytes: Buffer) => bytes.length - 1],
  ])('show a changed bit: %s', async (what, placeOf) => {
    const path = await write();
    const bytes = readFileSync(path);
    bytes[placeOf(bytes)]! ^= 1;
    writeFileSync(path, bytes);
    await expect(read(path)).rejects.toThrow(`is damaged: ${what} does not match its checksum`);
  });

  it('show each single bit that changes, in the name of the checksums too', async () => {
    const path = await write();
    const bytes = readFileSync(path);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, changed);
      await expect(read(path), `bit ${bit}`).rejects.toThrow(CheckpointError);
    }
  });

  it('say nothing about a file that another program wrote with the metadata of this one', async () => {
    const { header, data } = split(readFileSync(await write()));
    const path = handmade(JSON.parse(header), data.length);
    expect(await read(path)).toMatchObject({ checksums: false, tensors: { first: { data: Float32Array.of(0, 0) } } });
  });

  it('are absent from files of other programs', async () => {
    expect(await metadataOf(reference)).toMatchObject({ checksums: false });
  });
});

async function metadataOf(path: string) {
  const { metadata, checksums, close } = await openSafetensors(path);
  await close();
  return { metadata, checksums };
}

function split(bytes: Buffer): { header: string; data: Buffer } {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  return { header: bytes.toString('utf8', 8, start), data: bytes.subarray(start) };
}

it('a file that is only called safetensors is told what it is, or what is wrong with it', async () => {
  const path = temporaryPath('called.safetensors');
  writeFileSync(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:0');
  await expect(openCheckpoint(path)).rejects.toThrow('is a pointer of Git LFS');
  writeFileSync(path, '<html>Not found</html>');
  await expect(openCheckpoint(path)).rejects.toThrow('not a safetensors file');
});

describe('damaged files give one clear error', () => {
  const tensor = (start: number, end: number, shape = [(end - start) / 4]) => ({
    dtype: 'F32',
    shape,
    data_offsets: [start, end],
  });
  const cases: [string, () => string][] = [
    ['no such file', () => temporaryPath('missing.safetensors')],
    ['has 0 bytes, expected 8 bytes and a JSON header', () => emptyFile()],
    ['has a header of 18446744073709551615 bytes', () => handmade({}, 0, 2n ** 64n - 1n)],
    ['has a header of 3000 bytes in 10 bytes', () => handmade({}, 0, 3000n)],
    ['its header is not UTF-8', () => handmade(Buffer.from('{"\xff":{}}', 'latin1'))],
    ['its header is not JSON', () => handmade('\ufeff{}')],
    ['its header is not JSON', () => handmade('{"a":')],
    ['its header names "a" twice', () => handmade('{"a":{},"\\u0061":{}}')],
    ['its header names "shape" twice', () => handmade('{"a":{"shape":[1],"shape":[2]}}')],
    ['its header names "k" twice', () => handmade('{"__metadata__":{"k":"1","k":"2"}}')],
    ['its header nests deeper than 3 levels', () => handmade(`{"a":${'['.repeat(100_000)}`)],
    ['has shape [1,1,1', () => handmade({ a: tensor(0, 4, new Array(100_000).fill(1)) }, 4)],
    ['its header is not a JSON object', () => handmade('[1]')],
    ["tensor 'a' is not described by a JSON object", () => handmade({ a: 3 })],
    ['tensor \'a\' has type "F4", expected one of F64, F32', () => handmade({ a: { ...tensor(0, 4), dtype: 'F4' } })],
    ["tensor 'a' has shape [-1], expected up to 64 lengths", () => handmade({ a: tensor(0, 4, [-1]) })],
    ["tensor 'a' has data_offsets [4,0]", () => handmade({ a: tensor(4, 0, [1]) })],
    ["tensor 'a' of type F32 and shape [2] has 4 bytes, expected 8", () => handmade({ a: tensor(0, 4, [2]) }, 4)],
    ['has 4 bytes, expected 4.05', () => handmade({ a: tensor(0, 4, [2 ** 50, 2 ** 53 - 1]) }, 4)],
    ["tensor 'b' overlaps tensor 'a'", () => handmade({ a: tensor(0, 8), b: tensor(4, 12) }, 12)],
    ["4 bytes before tensor 'b' belong to no tensor", () => handmade({ a: tensor(0, 4), b: tensor(8, 12) }, 12)],
    ["tensor 'b' ends 3 bytes after the end of the file", () => handmade({ a: tensor(0, 4), b: tensor(4, 8) }, 5)],
    ['its last 2 bytes belong to no tensor', () => handmade({ a: tensor(0, 4) }, 6)],
    ['its header metadata is not a table of strings', () => handmade({ __metadata__: { a: 1 } })],
  ];
  it.each(cases)('%s', async (message, make) => {
    const path = make();
    const error = await openSafetensors(path).then(
      () => undefined,
      (reason: unknown) => reason as CheckpointError,
    );
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error!.message).toContain(message);
    expect(error!.message.startsWith(`${path}: `)).toBe(true);
  });
});

function emptyFile(): string {
  const path = temporaryPath('empty.safetensors');
  writeFileSync(path, '');
  return path;
}
