import { readFileSync } from 'node:fs';

/** The int32 tensors of a small safetensors fixture; this package knows nothing of files, so its tests read their own. */
export function readInt32Tensors(url: URL): Record<string, { shape: number[]; data: Int32Array }> {
  const bytes = readFileSync(url);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, Entry>;
  const data = bytes.subarray(8 + headerLength);
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            shape,
            data_offsets: [start, end],
          },
        ]) => [name, { shape, data: new Int32Array(Uint8Array.from(data.subarray(start, end)).buffer) }],
      ),
  );
}

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}
