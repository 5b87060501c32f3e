import { CStruct, LinkedMemory, sizeOf } from './c-struct.js';
import type { PjrtApi } from './pjrt-api.js';
import { NAMED_VALUE } from './pjrt-functions.js';

/** A value with a name: an option of a client, an attribute of a device, a property of a program. */
export type NamedValue = string | number | bigint | boolean | readonly number[] | Float;

/** A number that PJRT is to be given as a float; other numbers are 64-bit integers to it. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const STRING = 0;
const INT64 = 1;
const INT64_LIST = 2;
const FLOAT = 3;
const BOOL = 4;

const BYTES = sizeOf(NAMED_VALUE);

/** An array of `PJRT_NamedValue`, without those that are undefined, and how many there are. */
export function encodeNamedValues(values: Readonly<Record<string, NamedValue | undefined>>): {
  memory: LinkedMemory;
  count: number;
} {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  const memory = new ArrayBuffer(BYTES * given.length);
  const structs = given.map(({ name, value }, i) => {
    const bytes = new TextEncoder().encode(name);
    const at = new Uint8Array(memory, BYTES * i, BYTES);
    const head = { struct_size: BYTES, name: bytes, name_size: bytes.length };
    if (typeof value === 'string') {
      const text = new TextEncoder().encode(value);
      return [text, new CStruct(TEXT, { ...head, type: STRING, value: text, value_size: text.length }, at)];
    }
    if (Array.isArray(value)) {
      const list = BigInt64Array.from(value as readonly number[], BigInt);
      return [list, new CStruct(TEXT, { ...head, type: INT64_LIST, value: list, value_size: list.length }, at)];
    }
    return new CStruct(
      NAMED_VALUE,
      { ...head, ...scalar(value as number | bigint | boolean | Float), value_size: 1 },
      at,
    );
  });
  return { memory: new LinkedMemory(memory, structs), count: given.length };
}

/** The same struct where its value is a pointer. */
const TEXT = { ...NAMED_VALUE, value: 'pointer' } as const;

function scalar(value: number | bigint | boolean | Float): { type: number; value: bigint } {
  if (typeof value === 'boolean') return { type: BOOL, value: value ? 1n : 0n };
  if (value instanceof Float) {
    return { type: FLOAT, value: BigInt(new Uint32Array(Float32Array.of(value.value).buffer)[0]!) };
  }
  return { type: INT64, value: BigInt(value) };
}

/** Reads an array of `PJRT_NamedValue`. */
export function decodeNamedValues(
  api: PjrtApi,
  address: bigint,
  count: number,
): Record<string, string | number | boolean | number[]> {
  const bytes = api.bytes(address, BYTES * count);
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const struct = new CStruct(TEXT, {}, bytes.subarray(BYTES * i, BYTES * (i + 1)));
      return [api.text(struct.get('name'), struct.get('name_size')), decodeValue(api, struct)];
    }),
  );
}

function decodeValue(api: PjrtApi, struct: CStruct<typeof TEXT>): string | number | boolean | number[] {
  const [value, size] = [struct.get('value'), struct.get('value_size')];
  switch (struct.get('type')) {
    case STRING:
      return api.text(value, size);
    case INT64_LIST:
      return api.words(value, size).map((word) => Number(BigInt.asIntN(64, word)));
    case FLOAT:
      return new Float32Array(Uint32Array.of(Number(value & 0xffff_ffffn)).buffer)[0]!;
    case BOOL:
      return (value & 0xffn) !== 0n;
    default:
      return Number(BigInt.asIntN(64, value));
  }
}
