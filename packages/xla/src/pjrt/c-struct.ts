import { addressOf } from '@vjepa/native';

/** Bytes of the types of fields, which are also their alignment (System V, AArch64). */
const BYTES = { pointer: 8, size: 8, int64: 8, float: 4, int: 4, bool: 1 } as const;
type FieldType = keyof typeof BYTES;

/** The fields of a C struct in their order. `int` is C's, and that of its enumerations. */
export type Fields = Readonly<Record<string, FieldType>>;

/** Memory of ours that C reads or writes. */
export type Memory = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

type Given<T extends FieldType> = T extends 'pointer'
  ? bigint | Memory | CStruct<Fields> | LinkedMemory | null
  : T extends 'bool'
    ? boolean
    : number | bigint;
type Read<T extends FieldType> = T extends 'pointer' ? bigint : T extends 'bool' ? boolean : number;

/** What may be written into a struct: fields left out are zero. */
export type FieldValues<F extends Fields> = { readonly [K in keyof F]?: Given<F[K]> };

/**
 * Memory of ours with addresses of other memory of ours in it: who has the one has the others, which nothing else may hold while
 * C reads them.
 */
export class LinkedMemory {
  readonly memory: Memory;
  readonly links: readonly unknown[];

  /** @param links what the addresses in `memory` are of */
  constructor(memory: Memory, links: readonly unknown[]) {
    this.memory = memory;
    this.links = links;
  }

  /** Lists of pointers, and the list of their addresses. */
  static ofLists(lists: readonly BigUint64Array[]): LinkedMemory {
    return new LinkedMemory(
      BigUint64Array.from(lists, (list) => (list.length > 0 ? addressOf(list) : 0n)),
      lists,
    );
  }
}

interface Layout {
  offsets: Readonly<Record<string, number>>;
  /** Bytes from the first field's begin to the last one's end: without the padding that `sizeof` counts. */
  bytes: number;
}

const layouts = new WeakMap<Fields, Layout>();

function layoutOf(fields: Fields): Layout {
  let layout = layouts.get(fields);
  if (layout === undefined) {
    const offsets: Record<string, number> = {};
    let bytes = 0;
    for (const [name, type] of Object.entries(fields)) {
      const size = BYTES[type];
      offsets[name] = Math.ceil(bytes / size) * size;
      bytes = offsets[name] + size;
    }
    layout = { offsets, bytes };
    layouts.set(fields, layout);
  }
  return layout;
}

/** `sizeof` of a struct: the distance of one from the next in an array. */
export function sizeOf(fields: Fields): number {
  return Math.ceil(layoutOf(fields).bytes / 8) * 8;
}

/** A C struct in memory of ours. What it points to stays alive as long as it does; who calls C with it must hold it meanwhile. */
export class CStruct<F extends Fields> {
  readonly memory: Memory;
  readonly #fields: F;
  readonly #view: DataView;
  readonly #kept: unknown[] = [];

  /**
   * @param memory where the struct is; by default new, zeroed memory of its size
   */
  constructor(fields: F, values: FieldValues<F> = {}, memory: Memory = new ArrayBuffer(sizeOf(fields))) {
    this.#fields = fields;
    this.memory = memory;
    this.#view = ArrayBuffer.isView(memory)
      ? new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
      : new DataView(memory);
    for (const name of Object.keys(values) as (keyof F & string)[]) this.#set(name, values[name]);
  }

  get address(): bigint {
    return addressOf(this.memory);
  }

  get<K extends keyof F & string>(name: K): Read<F[K]> {
    const at = layoutOf(this.#fields).offsets[name]!;
    return this.#read(this.#fields[name]!, at) as Read<F[K]>;
  }

  #read(type: FieldType, at: number): bigint | number | boolean {
    switch (type) {
      case 'pointer':
        return this.#view.getBigUint64(at, true);
      case 'size':
      case 'int64':
        return Number(this.#view.getBigInt64(at, true));
      case 'float':
        return this.#view.getFloat32(at, true);
      case 'int':
        return this.#view.getInt32(at, true);
      case 'bool':
        return this.#view.getUint8(at) !== 0;
    }
  }

  #set(name: keyof F & string, value: unknown): void {
    const at = layoutOf(this.#fields).offsets[name]!;
    switch (this.#fields[name]) {
      case 'pointer':
        this.#view.setBigUint64(at, this.#addressFor(value as Given<'pointer'>), true);
        break;
      case 'size':
      case 'int64':
        this.#view.setBigInt64(at, BigInt(value as number | bigint), true);
        break;
      case 'float':
        this.#view.setFloat32(at, value as number, true);
        break;
      case 'int':
        this.#view.setInt32(at, Number(value), true);
        break;
      case 'bool':
        this.#view.setUint8(at, value ? 1 : 0);
    }
  }

  #addressFor(value: Given<'pointer'>): bigint {
    if (value === null) return 0n;
    if (typeof value === 'bigint') return value;
    this.#kept.push(value);
    if (value instanceof LinkedMemory) return value.memory.byteLength > 0 ? addressOf(value.memory) : 0n;
    return value instanceof CStruct ? value.address : addressOf(value);
  }
}
