import { XlaError } from '../xla-error.js';
import { CStruct, type Fields, type FieldValues, sizeOf } from './c-struct.js';
import { EXTENSION_HEAD, type PjrtApi } from './pjrt-api.js';

/** `PJRT_Extension_Type_Profiler`, and what follows its head. */
const PROFILER = 1;
const EXTENSION = { ...EXTENSION_HEAD, profiler_api: 'pointer' } as const satisfies Fields;

/** `PLUGIN_Profiler_Api`, up to the last function used here. */
const FUNCTIONS = {
  struct_size: 'size',
  priv: 'pointer',
  error_destroy: 'pointer',
  error_message: 'pointer',
  error_get_code: 'pointer',
  create: 'pointer',
  destroy: 'pointer',
  start: 'pointer',
  stop: 'pointer',
  collect_data: 'pointer',
} as const satisfies Fields;

const ERROR = { struct_size: 'size', priv: 'pointer', error: 'pointer' } as const satisfies Fields;
const MESSAGE = { ...ERROR, message: 'pointer', message_size: 'size' } as const satisfies Fields;
const CODE = { ...ERROR, code: 'int' } as const satisfies Fields;
const SESSION = { struct_size: 'size', profiler: 'pointer' } as const satisfies Fields;
const CREATE = { struct_size: 'size', options: 'pointer', options_size: 'size', profiler: 'pointer' } as const;
const COLLECT = { ...SESSION, buffer: 'pointer', buffer_size_in_bytes: 'size' } as const satisfies Fields;

/** `ProfileOptions`: host_tracer_level 2, device_tracer_level 1, version 1. */
const OPTIONS = Uint8Array.of(0x10, 2, 0x18, 1, 0x28, 1);

/** What a plug-in saw of its work. */
export interface Watched<R> {
  result: R;
  /** An `XSpace`, serialised; undefined where nothing was seen. */
  space?: Uint8Array | undefined;
  /** Why nothing was. */
  unseen?: string | undefined;
}

/** Does work under the eyes of a plug-in's own profiler, where it has one that works. */
export async function watched<R>(api: PjrtApi, work: () => Promise<R>): Promise<Watched<R>> {
  const extension = api.extension(PROFILER);
  if (extension === 0n) return { result: await work(), unseen: 'the plug-in has no profiler' };
  const profiler = new Profiler(api, extension);
  let session: bigint;
  try {
    session = await profiler.start();
  } catch (error) {
    return { result: await work(), unseen: `the plug-in's profiler does not start: ${(error as Error).message}` };
  }
  try {
    const result = await work().finally(() => profiler.stop(session));
    return { result, space: await profiler.collect(session) };
  } finally {
    await profiler.destroy(session);
  }
}

/** The profiler of a plug-in. There is one session at a time. */
class Profiler {
  readonly #api: PjrtApi;
  readonly #functions: CStruct<typeof FUNCTIONS>;

  constructor(api: PjrtApi, extension: bigint) {
    this.#api = api;
    const table = new CStruct(EXTENSION, {}, api.bytes(extension, sizeOf(EXTENSION))).get('profiler_api');
    this.#functions = new CStruct(FUNCTIONS, {}, api.bytes(table, sizeOf(FUNCTIONS)));
  }

  /** @returns a session that is under way */
  async start(): Promise<bigint> {
    const made = await this.#call('create', CREATE, { options: OPTIONS, options_size: OPTIONS.length });
    const profiler = made.get('profiler');
    try {
      await this.#call('start', SESSION, { profiler });
    } catch (error) {
      await this.destroy(profiler);
      throw error;
    }
    return profiler;
  }

  async stop(profiler: bigint): Promise<void> {
    await this.#call('stop', SESSION, { profiler });
  }

  async collect(profiler: bigint): Promise<Uint8Array> {
    const found = await this.#call('collect_data', COLLECT, { profiler });
    return this.#api.bytes(found.get('buffer'), found.get('buffer_size_in_bytes'));
  }

  async destroy(profiler: bigint): Promise<void> {
    await this.#call('destroy', SESSION, { profiler });
  }

  async #call<F extends Fields>(name: keyof typeof FUNCTIONS, fields: F, values: FieldValues<F>): Promise<CStruct<F>> {
    const struct = argumentsOf(fields, values);
    const error = await this.#api.invoke(this.#address(name), struct as unknown as CStruct<Fields>);
    if (error !== 0n) throw await this.#errorOf(error);
    return struct;
  }

  async #errorOf(error: bigint): Promise<XlaError> {
    const tell = async <F extends Fields>(name: keyof typeof FUNCTIONS, fields: F) => {
      const struct = argumentsOf(fields, { error } as unknown as FieldValues<F>);
      await this.#api.invoke(this.#address(name), struct as unknown as CStruct<Fields>);
      return struct;
    };
    const message = await tell('error_message', MESSAGE);
    const code = await tell('error_get_code', CODE);
    const text = this.#api.text(message.get('message'), message.get('message_size')).trim();
    await tell('error_destroy', ERROR);
    return XlaError.fromStatus(code.get('code'), text);
  }

  #address(name: keyof typeof FUNCTIONS): bigint {
    return BigInt(this.#functions.get(name));
  }
}

function argumentsOf<F extends Fields>(fields: F, values: FieldValues<F>): CStruct<F> {
  return new CStruct(fields, { ...values, struct_size: sizeOf(fields) } as FieldValues<F>);
}
