import { addressOf, loadKoffi } from '@vjepa/native';
import { afterEach, expect, it } from 'vitest';
import { CStruct, type Fields, type FieldValues } from './c-struct.js';
import { KeyValueCallbacks, type KeyValueStore } from './key-value-callbacks.js';
import { growing, PjrtApi } from './pjrt-api.js';
import { KEY_VALUE_GET, KEY_VALUE_PUT, KEY_VALUE_TRY_GET } from './pjrt-functions.js';

// A plug-in as C: threads of its own call the functions with structs as pjrt_c_api.h declares them.

const koffi = loadKoffi();
const table = new ArrayBuffer(40);
new CStruct(
  { size: 'size', b: 'pointer', c: 'size', d: 'pointer', major: 'int', minor: 'int' } as const,
  { size: 40, minor: 116 },
  table,
);
const api = new PjrtApi(koffi, '/plugins/some.so', addressOf(table));

const errors: string[] = [];
const errorType = koffi.proto('void *', ['int', 'void *', 'size_t']);
const makeError = koffi.register((code: number, message: bigint, size: number) => {
  errors.push(`${code}: ${api.text(message, Number(size))}`);
  return 77n;
}, koffi.pointer(errorType));
const callback_error = BigUint64Array.of(makeError);

class MapStore implements KeyValueStore {
  readonly values = new Map<string, Uint8Array>();
  setNow(key: string, value: Uint8Array): void {
    this.values.set(key, value);
  }
  getNow(key: string, timeoutMs: number): Uint8Array {
    const value = this.values.get(key);
    if (value === undefined) throw new Error(`${key} was not set within ${timeoutMs} ms`);
    return value;
  }
  tryGetNow(key: string): Uint8Array | undefined {
    return this.values.get(key);
  }
}

/** Calls a function on a thread of its own. @returns the error it gives, and the struct as it left it */
async function called<F extends Fields>(address: bigint, fields: F, values: FieldValues<F>) {
  const struct = growing(fields, { ...values, callback_error } as FieldValues<F>);
  const call = koffi.decode(address, koffi.proto('void *', ['void *'])) as {
    async(struct: bigint, done: (error: Error | null, result: bigint | null) => void): void;
  };
  const error = await new Promise<bigint | null>((resolve, reject) => {
    call.async(struct.address, (failure, result) => (failure ? reject(failure) : resolve(result)));
  });
  return { error: error ?? 0n, struct };
}

const text = (value: string) => new TextEncoder().encode(value);
const keyed = (key: string) => ({ key: text(key), key_size: text(key).length });

afterEach(() => {
  errors.length = 0;
});

it('puts and gets values of a store, with whatever bytes', async () => {
  const store = new MapStore();
  const callbacks = new KeyValueCallbacks(api, store);
  const { kv_put_callback, kv_get_callback, kv_try_get_callback } = callbacks.addresses;
  const value = Uint8Array.of(0, 255, 0, 7);
  const put = await called(kv_put_callback, KEY_VALUE_PUT, { ...keyed('topology/µ'), value, value_size: 4 });
  expect(put.error).toBe(0n);
  expect([...store.values]).toEqual([['xla/0/topology/µ', value]]);
  store.setNow('xla/0/empty', new Uint8Array());
  const gets = [
    await called(kv_get_callback, KEY_VALUE_GET, { ...keyed('topology/µ'), timeout_in_ms: 5 }),
    await called(kv_try_get_callback, KEY_VALUE_TRY_GET, keyed('topology/µ')),
    await called(kv_try_get_callback, KEY_VALUE_TRY_GET, keyed('empty')),
  ];
  const found = gets.map(({ struct }) => api.bytes(struct.get('value') as bigint, Number(struct.get('value_size'))));
  expect(found).toEqual([value, value, new Uint8Array()]);
  // What was copied is let go of, by the function that came with it.
  for (const { error, struct } of gets) {
    expect(error).toBe(0n);
    const deleter = koffi.decode(struct.get('value_deleter_callback') as bigint, koffi.proto('void', ['void *']));
    (deleter as (value: bigint) => void)(struct.get('value') as bigint);
  }
  expect(callbacks.held).toBe(0);
  expect(errors).toEqual([]);
  callbacks.release();
});

it('answers with an error of the plug-in where there is no value, and throws nothing into it', async () => {
  const store = new MapStore();
  const callbacks = new KeyValueCallbacks(api, store);
  const { kv_get_callback, kv_try_get_callback } = callbacks.addresses;
  const get = await called(kv_get_callback, KEY_VALUE_GET, { ...keyed('a'), timeout_in_ms: 12 });
  const tried = await called(kv_try_get_callback, KEY_VALUE_TRY_GET, keyed('a'));
  expect([get.error, tried.error]).toEqual([77n, 77n]);
  expect(errors).toEqual(['14: xla/0/a was not set within 12 ms', '5: key xla/0/a is not set']);
  callbacks.release();
});

it('keeps clients that share a store apart', async () => {
  const store = new MapStore();
  const [first, second] = [new KeyValueCallbacks(api, store), new KeyValueCallbacks(api, store)];
  const value = Uint8Array.of(1);
  for (const { addresses } of [first, second]) {
    await called(addresses.kv_put_callback, KEY_VALUE_PUT, { ...keyed('k'), value, value_size: 1 });
  }
  expect([...store.values.keys()]).toEqual(['xla/0/k', 'xla/1/k']);
  first.release();
  second.release();
});
