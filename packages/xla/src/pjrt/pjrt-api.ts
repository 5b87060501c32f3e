import type * as Koffi from 'koffi';
import { XlaError } from '../xla-error.js';
import { AtOnce } from './at-once.js';
import { CStruct, type Fields, type FieldValues, type Memory, sizeOf } from './c-struct.js';
import { ObjectCounts } from './lifetime.js';
import { FUNCTIONS, type PjrtFunction } from './pjrt-functions.js';

/**
 * The versions of the C API that this package has been run with: 0.112 to 0.116 are those of JAX 0.10.2 to 0.12.0. Minor
 * versions only add, functions to the table's end and fields to a struct's end, and a plug-in refuses a struct that is
 * smaller than its own. So that one client drives all of them, structs are given with zeroes behind the fields known
 * here ({@link RESERVED_BYTES}), which is what not asking for anything looks like. An unknown version may mean something
 * else by it, and is refused unless it is asked for.
 */
const SUPPORTED = { major: 0, oldestMinor: 112, newestMinor: 116 } as const;

/** Room for fields that newer minor versions add to a struct. */
const RESERVED_BYTES = 64;

const HEAD = { struct_size: 'size', extension_start: 'pointer' } as const satisfies Fields;
type Arguments<F extends PjrtFunction> = (typeof FUNCTIONS)[F];

/** `PJRT_Api`: its head, after which the functions follow. */
const API_HEAD = {
  ...HEAD,
  version_struct_size: 'size',
  version_extension_start: 'pointer',
  major_version: 'int',
  minor_version: 'int',
} as const satisfies Fields;

/** What every extension begins with. */
export const EXTENSION_HEAD = { struct_size: 'size', type: 'int', next: 'pointer' } as const satisfies Fields;

const NAMES = Object.keys(FUNCTIONS) as PjrtFunction[];

type CFunction = ((argument: bigint) => bigint | null) & {
  async(argument: bigint, done: (error: Error | null, result: bigint | null) => void): void;
};

/**
 * Calls under way in this process, of all plug-ins: koffi refuses more than 256, of whoever calls through it, and a large
 * model has thousands of tensors to copy.
 */
const calls = new AtOnce(64);

/** How a plug-in is loaded. */
export interface LoadOptions {
  /**
   * Lets XLA write what it does to standard error. Default: false, as what fails is an error here and says why.
   * `TF_CPP_MIN_LOG_LEVEL` goes before it.
   */
  verbose?: boolean | undefined;
  /** Takes a plug-in whose version of the C API this package has not been run with. Default: false. */
  untestedVersion?: boolean | undefined;
}

/** The functions of a plug-in, and the memory that they speak of. */
export class PjrtApi {
  /** Of the C API that the plug-in was built with. */
  readonly version: { readonly major: number; readonly minor: number };
  readonly objects = new ObjectCounts();
  readonly #koffi: typeof Koffi;
  readonly #functions = new Map<PjrtFunction, CFunction>();
  readonly #address: bigint;
  readonly #tableBytes: number;
  readonly #path: string;
  readonly #prototype: Koffi.TypeObject;
  #errorMaker: Koffi.TypeObject | undefined;
  /** Arguments of calls under way: C reads and writes them, and what they point to, while nothing else here need hold them. */
  readonly #underWay = new Set<unknown>();
  /** One thread waits for results, and one for copies of ours: the others are left to whoever reads files. */
  readonly #waits = { results: new AtOnce(1), copies: new AtOnce(1) };
  /** Memory that was lent, by the event with which the plug-in says that it has done with it. */
  readonly #lent = new Map<bigint, Memory>();

  /**
   * @param path the plug-in, for messages
   * @param address of its `PJRT_Api`
   * @throws XlaError `wrong-version`
   */
  constructor(koffi: typeof Koffi, path: string, address: bigint, { untestedVersion = false }: LoadOptions = {}) {
    this.#koffi = koffi;
    this.#path = path;
    this.#address = address;
    const head = new CStruct(API_HEAD, {}, koffi.view(address, sizeOf(API_HEAD)));
    this.version = { major: head.get('major_version'), minor: head.get('minor_version') };
    this.#tableBytes = head.get('struct_size');
    this.#checkVersion(untestedVersion);
    this.#prototype = koffi.proto('void *', ['void *']);
  }

  #checkVersion(untested: boolean): void {
    const { major, minor } = this.version;
    const { oldestMinor, newestMinor } = SUPPORTED;
    const known = minor >= oldestMinor && minor <= newestMinor;
    if (major === SUPPORTED.major && (known || untested)) return;
    throw new XlaError(
      'wrong-version',
      `${this.#path} speaks version ${major}.${minor} of PJRT's C API, and this package ${SUPPORTED.major}.${oldestMinor} to ` +
        `${SUPPORTED.major}.${newestMinor}; ${minor > newestMinor || major > SUPPORTED.major ? 'a newer version of this package, or an older' : 'a newer'} plug-in helps`,
    );
  }

  /**
   * Calls a function with its arguments' fields; fields left out are zero.
   *
   * @returns the arguments with what the function wrote into them
   * @throws XlaError with PJRT's own code and words
   */
  call<F extends PjrtFunction>(name: F, values: FieldValues<Arguments<F>>): CStruct<Arguments<F>> {
    const struct = argumentsOf(name, values);
    this.#underWay.add(struct);
    try {
      this.#check(this.#function(name)(struct.address));
    } finally {
      this.#underWay.delete(struct);
    }
    return struct;
  }

  /** The same on a thread of its own, for what may take long; where many are under way it waits for its turn. */
  async callAsync<F extends PjrtFunction>(name: F, values: FieldValues<Arguments<F>>): Promise<CStruct<Arguments<F>>> {
    const struct = argumentsOf(name, values);
    this.#check(await this.#held(struct, () => this.#function(name)));
    return struct;
  }

  /** Calls a function of an extension, on a thread of its own. @returns the error it gives, 0 for none */
  invoke(address: bigint, struct: CStruct<Fields>): Promise<bigint> {
    return this.#held(struct, () => this.#koffi.decode(address, this.#prototype) as CFunction);
  }

  async #held(struct: CStruct<Fields>, called: () => CFunction): Promise<bigint> {
    this.#underWay.add(struct);
    try {
      const call = () =>
        new Promise<bigint | null>((resolve, reject) =>
          called().async(struct.address, (failure, result) => (failure ? reject(failure) : resolve(result))),
        );
      return (await calls.do(call)) ?? 0n;
    } finally {
      this.#underWay.delete(struct);
    }
  }

  /**
   * Waits for an event, which is destroyed then. 0 stands for one that has been.
   *
   * @param of what: results of programs, of which one is waited for at a time (those of one run come together), or a copy of ours
   */
  async finish(event: bigint, of: 'results' | 'copies' = 'results'): Promise<void> {
    if (event === 0n) return;
    this.objects.made('event');
    try {
      // Most are ready by now, or when it is their turn: a thread costs more than the question.
      const isReady = () => this.call('PJRT_Event_IsReady', { event }).get('is_ready');
      const wait = async () => void (isReady() || (await this.callAsync('PJRT_Event_Await', { event })));
      if (!isReady()) await this.#waits[of].do(wait);
      this.call('PJRT_Event_Error', { event });
    } finally {
      this.call('PJRT_Event_Destroy', { event });
      this.objects.destroyed('event');
    }
  }

  /** Keeps memory of ours until an event. The plug-in may work with it longer than a buffer that was made of it lives. */
  lend(memory: Memory, event: bigint): void {
    if (event === 0n) return;
    this.objects.made('event');
    this.#lent.set(event, memory);
  }

  /** Lets go of lent memory that the plug-in has done with. */
  takeBack(): void {
    for (const event of this.#lent.keys()) {
      if (!this.call('PJRT_Event_IsReady', { event }).get('is_ready')) continue;
      this.call('PJRT_Event_Destroy', { event });
      this.objects.destroyed('event');
      this.#lent.delete(event);
    }
  }

  /** Where an extension of a type is, one of the list that the C API's head begins; 0 where the plug-in has none. */
  extension(type: number): bigint {
    let address = new CStruct(API_HEAD, {}, this.bytes(this.#address, sizeOf(API_HEAD))).get('extension_start');
    while (address !== 0n) {
      const head = new CStruct(EXTENSION_HEAD, {}, this.bytes(address, sizeOf(EXTENSION_HEAD)));
      if (head.get('type') === type) return address;
      address = head.get('next');
    }
    return 0n;
  }

  /** Calls a deleter that PJRT gave: `void (*)(void *)`. */
  free(deleter: bigint, object: bigint): void {
    (this.#koffi.decode(deleter, this.#koffi.proto('void', ['void *'])) as (object: bigint) => void)(object);
  }

  /**
   * A function of ours that the plug-in may call with the address of a struct, on any of its threads, which wait until this
   * thread's event loop has answered. It must not throw.
   *
   * @returns its address, until {@link unregister}
   */
  register(answer: (struct: bigint) => bigint | null): bigint {
    return this.#koffi.register(answer, this.#koffi.pointer(this.#prototype));
  }

  /** Gives up a function that the plug-in will not call any more. */
  unregister(address: bigint): void {
    this.#koffi.unregister(address);
  }

  /** A struct in the plug-in's memory, with fields that are written into it. */
  structAt<F extends Fields>(fields: F, address: bigint, values: FieldValues<F> = {}): CStruct<F> {
    return new CStruct(fields, values, this.#koffi.view(address, sizeOf(fields)));
  }

  /**
   * An error that a function of ours answers with.
   *
   * @param maker address of the `PJRT_CallbackError *` that the plug-in gave it
   * @param code PJRT's, which is Abseil's
   */
  callbackError(maker: bigint, code: number, message: string): bigint | null {
    const bytes = new TextEncoder().encode(message);
    this.#errorMaker ??= this.#koffi.proto('void *', ['int', 'void *', 'size_t']);
    const make = this.#koffi.decode(this.words(maker, 1)[0]!, this.#errorMaker) as (
      code: number,
      message: Uint8Array,
      size: number,
    ) => bigint | null;
    return make(code, bytes, bytes.length);
  }

  /** A copy of bytes in the plug-in's memory. */
  bytes(address: bigint, size: number): Uint8Array<ArrayBuffer> {
    return size === 0 ? new Uint8Array() : new Uint8Array(this.#koffi.view(address, size)).slice();
  }

  text(address: bigint, size: number): string {
    return new TextDecoder().decode(this.bytes(address, size));
  }

  /** A list of addresses, or of 64-bit integers. */
  words(address: bigint, count: number): bigint[] {
    return [...new BigUint64Array(this.bytes(address, 8 * count).buffer)];
  }

  /** A list of C's `int`. */
  ints(address: bigint, count: number): number[] {
    return [...new Int32Array(this.bytes(address, 4 * count).buffer)];
  }

  #function(name: PjrtFunction): CFunction {
    let found = this.#functions.get(name);
    if (found === undefined) {
      const offset = sizeOf(API_HEAD) + 8 * NAMES.indexOf(name);
      const address = offset < this.#tableBytes ? this.words(this.#address + BigInt(offset), 1)[0]! : 0n;
      if (address === 0n) throw new XlaError('unimplemented', `${this.#path} has no ${name}`);
      found = this.#koffi.decode(address, this.#prototype) as CFunction;
      this.#functions.set(name, found);
    }
    return found;
  }

  #check(error: bigint | null): void {
    if (error === null || error === 0n) return;
    const message = argumentsOf('PJRT_Error_Message', { error });
    this.#function('PJRT_Error_Message')(message.address);
    const text = this.text(message.get('message'), message.get('message_size'));
    const code = argumentsOf('PJRT_Error_GetCode', { error });
    this.#function('PJRT_Error_GetCode')(code.address);
    this.#function('PJRT_Error_Destroy')(argumentsOf('PJRT_Error_Destroy', { error }).address);
    throw XlaError.fromStatus(code.get('code'), text);
  }
}

const argumentFields = new Map<PjrtFunction, Fields>();

function argumentsOf<F extends PjrtFunction>(name: F, values: FieldValues<Arguments<F>>): CStruct<Arguments<F>> {
  let fields = argumentFields.get(name);
  if (fields === undefined) {
    fields = { ...HEAD, ...FUNCTIONS[name] };
    argumentFields.set(name, fields);
  }
  return growing(fields, values) as unknown as CStruct<Arguments<F>>;
}

/** A struct that begins with its size, with room for what newer versions of PJRT add to it. */
export function growing<F extends Fields>(fields: F, values: FieldValues<F>): CStruct<F> {
  const bytes = sizeOf(fields) + RESERVED_BYTES;
  return new CStruct(fields, { ...values, struct_size: bytes }, new ArrayBuffer(bytes));
}

/** What a call gives, or undefined where the plug-in has nothing of the kind. */
export function orUndefined<R>(call: () => R): R | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof XlaError && error.code === 'unimplemented') return undefined;
    throw error;
  }
}
