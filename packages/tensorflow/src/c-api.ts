import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cutOffLibrary, isVerbose, openForGood, setEnvironment, withoutChatter } from '@vjepa/native';
import type * as Koffi from 'koffi';
import { loadKoffi } from './koffi.js';
import { useSingleArena } from './single-arena.js';
import { TensorFlowError } from './tensorflow-error.js';

/** An address in the process. koffi hands addresses out as BigInts; NULL comes back as `null`, which is falsy too. */
export type Pointer = bigint;

/** What a C function's pointer argument takes: an address, NULL, or memory of ours for the length of the call. */
type PointerArgument = Pointer | null | ArrayBufferView;

/** `TF_Output` passed by value: one output of one operation of a graph. */
export interface OutputOfOperation {
  oper: Pointer;
  index: number;
}

/** C types as they appear below, and what each is in TypeScript: [as an argument, as a result]. */
interface CTypes {
  void: [never, undefined];
  int: [number, number];
  bool: [boolean, boolean];
  uchar: [number, number];
  float: [number, number];
  int64: [number | bigint, number | bigint];
  size: [number | bigint, number | bigint];
  string: [string | null, string | null];
  pointer: [PointerArgument, Pointer];
  output: [OutputOfOperation, OutputOfOperation];
}
type CType = keyof CTypes;
type Signature = readonly [result: CType, ...parameters: CType[]];

/**
 * The part of TensorFlow's C API this package uses: result type, then parameters, in the order of the headers
 * (tensorflow/c/c_api.h, tf_tensor.h, tf_status.h, tf_buffer.h, tf_tstring.h, eager/c_api.h). Arrays and structs
 * passed by address are `pointer`: a `BigUint64Array`, `BigInt64Array`, `Int32Array` or `Uint8Array` with the C layout.
 */
const SIGNATURES = {
  TF_Version: ['string'],

  // Status
  TF_NewStatus: ['pointer'],
  TF_DeleteStatus: ['void', 'pointer'],
  TF_SetStatus: ['void', 'pointer', 'int', 'string'],
  TF_GetCode: ['int', 'pointer'],
  TF_Message: ['string', 'pointer'],

  // Buffers: serialized protocol buffers
  TF_NewBuffer: ['pointer'],
  TF_NewBufferFromString: ['pointer', 'pointer', 'size'],
  TF_DeleteBuffer: ['void', 'pointer'],

  // Tensors
  TF_NewTensor: ['pointer', 'int', 'pointer', 'int', 'pointer', 'size', 'pointer', 'pointer'],
  TF_AllocateTensor: ['pointer', 'int', 'pointer', 'int', 'size'],
  TF_DeleteTensor: ['void', 'pointer'],
  TF_TensorType: ['int', 'pointer'],
  TF_NumDims: ['int', 'pointer'],
  TF_Dim: ['int64', 'pointer', 'int'],
  TF_TensorByteSize: ['size', 'pointer'],
  TF_TensorData: ['pointer', 'pointer'],
  TF_TensorElementCount: ['int64', 'pointer'],
  TF_DataTypeSize: ['size', 'int'],
  TF_TensorFromProto: ['void', 'pointer', 'pointer', 'pointer'],
  TF_StringInit: ['void', 'pointer'],
  TF_StringCopy: ['void', 'pointer', 'pointer', 'size'],
  TF_StringGetDataPointer: ['pointer', 'pointer'],
  TF_StringGetSize: ['size', 'pointer'],
  TF_StringDealloc: ['void', 'pointer'],

  // Graphs
  TF_NewGraph: ['pointer'],
  TF_DeleteGraph: ['void', 'pointer'],
  TF_GraphOperationByName: ['pointer', 'pointer', 'string'],
  TF_GraphNextOperation: ['pointer', 'pointer', 'pointer'],
  TF_GraphToGraphDef: ['void', 'pointer', 'pointer', 'pointer'],
  TF_GraphGetTensorNumDims: ['int', 'pointer', 'output', 'pointer'],
  TF_GraphGetTensorShape: ['void', 'pointer', 'output', 'pointer', 'int', 'pointer'],
  TF_GraphGetOpDef: ['void', 'pointer', 'string', 'pointer', 'pointer'],
  TF_NewOperation: ['pointer', 'pointer', 'string', 'string'],
  TF_SetDevice: ['void', 'pointer', 'string'],
  TF_AddInput: ['void', 'pointer', 'output'],
  TF_AddInputList: ['void', 'pointer', 'pointer', 'int'],
  TF_AddControlInput: ['void', 'pointer', 'pointer'],
  TF_SetAttrString: ['void', 'pointer', 'string', 'pointer', 'size'],
  TF_SetAttrStringList: ['void', 'pointer', 'string', 'pointer', 'pointer', 'int'],
  TF_SetAttrInt: ['void', 'pointer', 'string', 'int64'],
  TF_SetAttrIntList: ['void', 'pointer', 'string', 'pointer', 'int'],
  TF_SetAttrFloat: ['void', 'pointer', 'string', 'float'],
  TF_SetAttrBool: ['void', 'pointer', 'string', 'uchar'],
  TF_SetAttrType: ['void', 'pointer', 'string', 'int'],
  TF_SetAttrTypeList: ['void', 'pointer', 'string', 'pointer', 'int'],
  TF_SetAttrFuncName: ['void', 'pointer', 'string', 'pointer', 'size'],
  TF_SetAttrShape: ['void', 'pointer', 'string', 'pointer', 'int'],
  TF_SetAttrShapeList: ['void', 'pointer', 'string', 'pointer', 'pointer', 'int'],
  TF_SetAttrTensor: ['void', 'pointer', 'string', 'pointer', 'pointer'],
  TF_SetAttrValueProto: ['void', 'pointer', 'string', 'pointer', 'size', 'pointer'],
  TF_FinishOperation: ['pointer', 'pointer', 'pointer'],
  // graph, name, append_hash_to_name, num_opers, opers, ninputs, inputs, noutputs, outputs, output_names, options,
  // description, status
  TF_GraphToFunction: [
    'pointer',
    'pointer',
    'string',
    'uchar',
    'int',
    'pointer',
    'int',
    'pointer',
    'int',
    'pointer',
    'pointer',
    'pointer',
    'string',
    'pointer',
  ],
  TF_FunctionSetAttrValueProto: ['void', 'pointer', 'string', 'pointer', 'size', 'pointer'],
  TF_NewImportGraphDefOptions: ['pointer'],
  TF_DeleteImportGraphDefOptions: ['void', 'pointer'],
  TF_ImportGraphDefOptionsSetPrefix: ['void', 'pointer', 'string'],
  TF_ImportGraphDefOptionsSetDefaultDevice: ['void', 'pointer', 'string'],
  TF_ImportGraphDefOptionsAddReturnOutput: ['void', 'pointer', 'string', 'int'],
  TF_ImportGraphDefOptionsAddReturnOperation: ['void', 'pointer', 'string'],
  TF_GraphImportGraphDef: ['void', 'pointer', 'pointer', 'pointer', 'pointer'],
  TF_GraphImportGraphDefWithResults: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer'],
  TF_ImportGraphDefResultsReturnOutputs: ['void', 'pointer', 'pointer', 'pointer'],
  TF_ImportGraphDefResultsReturnOperations: ['void', 'pointer', 'pointer', 'pointer'],
  TF_DeleteImportGraphDefResults: ['void', 'pointer'],
  TF_GraphCopyFunction: ['void', 'pointer', 'pointer', 'pointer', 'pointer'],
  TF_FunctionImportFunctionDef: ['pointer', 'pointer', 'size', 'pointer'],
  TF_DeleteFunction: ['void', 'pointer'],
  TF_OperationName: ['string', 'pointer'],
  TF_OperationOpType: ['string', 'pointer'],
  TF_OperationDevice: ['string', 'pointer'],
  TF_OperationNumOutputs: ['int', 'pointer'],
  TF_OperationNumInputs: ['int', 'pointer'],
  TF_OperationOutputType: ['int', 'output'],
  TF_GetAllOpList: ['pointer'],
  TF_GetRegisteredKernelsForOp: ['pointer', 'string', 'pointer'],

  // Sessions
  TF_NewSessionOptions: ['pointer'],
  TF_DeleteSessionOptions: ['void', 'pointer'],
  TF_SetTarget: ['void', 'pointer', 'string'],
  TF_SetConfig: ['void', 'pointer', 'pointer', 'size', 'pointer'],
  TF_NewSession: ['pointer', 'pointer', 'pointer', 'pointer'],
  TF_CloseSession: ['void', 'pointer', 'pointer'],
  TF_DeleteSession: ['void', 'pointer', 'pointer'],
  TF_ExtendSession: ['void', 'pointer', 'pointer'],
  TF_Reset: ['void', 'pointer', 'pointer', 'int', 'pointer'],
  // session, run_options, inputs, input_values, ninputs, outputs, output_values, noutputs, targets, ntargets,
  // run_metadata, status
  TF_SessionRun: [
    'void',
    'pointer',
    'pointer',
    'pointer',
    'pointer',
    'int',
    'pointer',
    'pointer',
    'int',
    'pointer',
    'int',
    'pointer',
    'pointer',
  ],
  TF_SessionListDevices: ['pointer', 'pointer', 'pointer'],

  // Devices
  TF_DeleteDeviceList: ['void', 'pointer'],
  TF_DeviceListCount: ['int', 'pointer'],
  TF_DeviceListName: ['string', 'pointer', 'int', 'pointer'],
  TF_DeviceListType: ['string', 'pointer', 'int', 'pointer'],
  TF_DeviceListMemoryBytes: ['int64', 'pointer', 'int', 'pointer'],

  // The distributed runtime
  TF_NewServer: ['pointer', 'pointer', 'size', 'pointer'],
  TF_ServerStart: ['void', 'pointer', 'pointer'],
  TF_ServerStop: ['void', 'pointer', 'pointer'],
  TF_ServerJoin: ['void', 'pointer', 'pointer'],
  TF_ServerTarget: ['string', 'pointer'],
  TF_DeleteServer: ['void', 'pointer'],

  // Plug-ins
  TF_LoadLibrary: ['pointer', 'string', 'pointer'],
  TF_LoadPluggableDeviceLibrary: ['pointer', 'string', 'pointer'],

  // Eager execution: contexts
  TFE_NewContextOptions: ['pointer'],
  TFE_DeleteContextOptions: ['void', 'pointer'],
  TFE_ContextOptionsSetConfig: ['void', 'pointer', 'pointer', 'size', 'pointer'],
  TFE_ContextOptionsSetAsync: ['void', 'pointer', 'uchar'],
  TFE_ContextOptionsSetDevicePlacementPolicy: ['void', 'pointer', 'int'],
  TFE_NewContext: ['pointer', 'pointer', 'pointer'],
  TFE_DeleteContext: ['void', 'pointer'],
  TFE_ContextListDevices: ['pointer', 'pointer', 'pointer'],
  TFE_ContextClearCaches: ['void', 'pointer'],
  TFE_ContextAsyncWait: ['void', 'pointer', 'pointer'],
  TFE_ContextAddFunctionDef: ['void', 'pointer', 'pointer', 'size', 'pointer'],
  TFE_ContextRemoveFunction: ['void', 'pointer', 'string', 'pointer'],

  // Eager execution: tensors on a device
  TFE_NewTensorHandle: ['pointer', 'pointer', 'pointer'],
  TFE_DeleteTensorHandle: ['void', 'pointer'],
  TFE_TensorHandleDataType: ['int', 'pointer'],
  TFE_TensorHandleNumDims: ['int', 'pointer', 'pointer'],
  TFE_TensorHandleDim: ['int64', 'pointer', 'int', 'pointer'],
  TFE_TensorHandleNumElements: ['int64', 'pointer', 'pointer'],
  TFE_TensorHandleResolve: ['pointer', 'pointer', 'pointer'],
  TFE_TensorHandleCopyToDevice: ['pointer', 'pointer', 'pointer', 'string', 'pointer'],
  TFE_TensorHandleBackingDeviceName: ['string', 'pointer', 'pointer'],

  // Eager execution: operations
  TFE_NewOp: ['pointer', 'pointer', 'string', 'pointer'],
  TFE_DeleteOp: ['void', 'pointer'],
  TFE_OpSetDevice: ['void', 'pointer', 'string', 'pointer'],
  TFE_OpAddInput: ['void', 'pointer', 'pointer', 'pointer'],
  TFE_OpAddInputList: ['void', 'pointer', 'pointer', 'int', 'pointer'],
  TFE_OpSetAttrString: ['void', 'pointer', 'string', 'pointer', 'size'],
  TFE_OpSetAttrInt: ['void', 'pointer', 'string', 'int64'],
  TFE_OpSetAttrFloat: ['void', 'pointer', 'string', 'float'],
  TFE_OpSetAttrBool: ['void', 'pointer', 'string', 'uchar'],
  TFE_OpSetAttrType: ['void', 'pointer', 'string', 'int'],
  TFE_OpSetAttrShape: ['void', 'pointer', 'string', 'pointer', 'int', 'pointer'],
  TFE_OpSetAttrIntList: ['void', 'pointer', 'string', 'pointer', 'int'],
  TFE_OpSetAttrFloatList: ['void', 'pointer', 'string', 'pointer', 'int'],
  TFE_OpSetAttrBoolList: ['void', 'pointer', 'string', 'pointer', 'int'],
  TFE_OpSetAttrTypeList: ['void', 'pointer', 'string', 'pointer', 'int'],
  TFE_OpSetAttrFunctionName: ['void', 'pointer', 'string', 'pointer', 'size'],
  TFE_Execute: ['void', 'pointer', 'pointer', 'pointer', 'pointer'],
} as const satisfies Record<string, Signature>;

type CFunctionName = keyof typeof SIGNATURES;

type Parameters<S> = S extends readonly [CType, ...infer P] ? { [K in keyof P]: CTypes[P[K] & CType][0] } : never;
type Result<S> = S extends readonly [infer R, ...CType[]] ? CTypes[R & CType][1] : never;

/**
 * One C function. `async` runs it on a thread of koffi's pool and then calls back on the event loop: memory passed to
 * it must stay alive and unmoved until then, so pass addresses of native memory (see {@link CApi.allocate}) or keep
 * the typed array referenced.
 */
interface CFunction<P extends unknown[], R> {
  (...parameters: P): R;
  async(...parameters: [...P, done: (error: Error | null, result: R) => void]): void;
}

type CFunctions = {
  readonly [N in CFunctionName]: CFunction<
    Extract<Parameters<(typeof SIGNATURES)[N]>, unknown[]>,
    Result<(typeof SIGNATURES)[N]>
  >;
};

/** TensorFlow's C API in this process, with the few things a caller of C needs beside it. */
export interface CApi extends CFunctions {
  /** The file the functions come from. */
  readonly libraryPath: string;
  /** True if this build of TensorFlow exports the function. */
  has(name: CFunctionName): boolean;
  /** The memory at an address as an ArrayBuffer, without a copy. Valid only while its owner (a TF_Tensor, …) lives. */
  view(address: Pointer, bytes: number): ArrayBuffer;
  /** Copies bytes between addresses or memory of ours, whatever their size (C's `memcpy`). */
  copy(destination: PointerArgument, source: PointerArgument, bytes: number): void;
  /** Native memory, zeroed, that stays where it is until `free`; for calls that outlive the current tick. */
  allocate(bytes: number): Pointer;
  free(address: Pointer): void;
  /**
   * A C function `void (*)(void *data, size_t length, void *argument)` that hands on its argument, for good. C may call
   * it on any thread: the call waits until the event loop is free, unless C was called from there.
   */
  deallocator(onCall: (argument: bigint) => void): Pointer;
  /** A copy of the bytes a `TF_Buffer` holds. */
  bufferBytes(buffer: Pointer): Uint8Array;
  /** Throws the {@link TensorFlowError} a status stands for; returns when it is OK. `what` starts the message. */
  check(status: Pointer, what?: string): void;
}

const FRAMEWORK = /^libtensorflow_framework\.(so|so\.2|2\.dylib|dylib)$/;
const MAIN = ['libtensorflow_cc.so.2', 'libtensorflow_cc.2.dylib', 'libtensorflow.so.2', 'libtensorflow.2.dylib'];

/**
 * The two libraries of a TensorFlow in a folder: the main one, with the C API, and its companion. Wheels keep them in
 * `tensorflow/`, the official C archive in `lib/`. Undefined if either is missing.
 */
export function findLibraries(folder: string): { main: string; framework: string } | undefined {
  const main = MAIN.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (main === undefined) return undefined;
  const framework = readdirSync(folder).find((name) => FRAMEWORK.test(name));
  return framework === undefined ? undefined : { main, framework: join(folder, framework) };
}

/**
 * Loads libtensorflow from a path (the library itself, or the folder it is in) and declares its C API. Takes about
 * half a second; the library stays in the process. The companion `libtensorflow_framework` must lie beside it.
 *
 * @throws TensorFlowError `not-loadable` where this platform has no foreign function interface, where a library is
 *   missing, or where the system's loader refuses one (its own reason is in the message).
 */
export function loadCApi(path: string, { environment = {} }: { environment?: Record<string, string> } = {}): CApi {
  const folder = MAIN.some((name) => path.endsWith(name)) ? dirname(path) : path;
  const libraries = existsSync(folder) ? findLibraries(folder) : undefined;
  if (libraries === undefined) {
    throw new TensorFlowError(
      'not-loadable',
      `${path} holds no TensorFlow library: expected ${MAIN.join(' or ')} and libtensorflow_framework beside it`,
    );
  }
  const koffi = loadKoffi();
  setEnvironment(koffi, environment);
  useSingleArena(koffi);
  const open = () => openLibraries(koffi, libraries);
  const library = isVerbose(environment) ? open() : withoutChatter(koffi, open);
  return declare(koffi, library, libraries.main);
}

function openLibraries(koffi: typeof Koffi, libraries: { main: string; framework: string }): Koffi.LibraryHandle {
  try {
    for (const path of [libraries.framework, libraries.main]) {
      const reason = cutOffLibrary(path);
      if (reason !== undefined) throw new Error(reason);
    }
    // The companion first: the main library then finds it by name whatever its own run path says.
    koffi.load(libraries.framework, { lazy: true });
    openForGood(koffi, libraries.main);
    return koffi.load(libraries.main, { lazy: true });
  } catch (cause) {
    throw new TensorFlowError(
      'not-loadable',
      `the system could not load ${libraries.main}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function declare(koffi: typeof Koffi, library: Koffi.LibraryHandle, libraryPath: string): CApi {
  const output = koffi.struct({ oper: 'void *', index: 'int' });
  const types: Record<CType, string | Koffi.TypeObject> = {
    void: 'void',
    int: 'int',
    bool: 'bool',
    uchar: 'uint8_t',
    float: 'float',
    int64: 'int64_t',
    size: 'size_t',
    string: 'str',
    pointer: 'void *',
    output,
  };
  const bind = (name: CFunctionName) => {
    const [result, ...parameters] = SIGNATURES[name] as Signature;
    return library.func(
      name,
      types[result],
      parameters.map((parameter) => types[parameter]),
    );
  };
  const has = (name: CFunctionName) => {
    try {
      return Boolean(library.symbol(name));
    } catch {
      return false;
    }
  };

  let deallocate: Koffi.TypeObject | undefined;
  const memcpy = koffi.load(null).func('memcpy', 'void *', ['void *', 'void *', 'size_t']);
  const api: Record<string, unknown> = {
    libraryPath,
    has,
    copy: (destination: PointerArgument, source: PointerArgument, bytes: number) => {
      if (bytes > 0) memcpy(destination, source, bytes);
    },
    view: (address: Pointer, bytes: number) => koffi.view(address, bytes),
    allocate: (bytes: number) => {
      const address = koffi.alloc('uint8_t', bytes) as Pointer;
      new Uint8Array(koffi.view(address, bytes)).fill(0);
      return address;
    },
    free: (address: Pointer) => koffi.free(address),
    deallocator: (onCall: (argument: bigint) => void) => {
      deallocate ??= koffi.pointer(koffi.proto('void', ['void *', 'size_t', 'void *']));
      return koffi.register((_data: Pointer, _length: number, argument: bigint) => onCall(argument), deallocate);
    },
  };
  // Declared when first used: a build of TensorFlow that lacks a rarely used function still loads.
  for (const name of Object.keys(SIGNATURES) as CFunctionName[]) {
    Object.defineProperty(api, name, {
      configurable: true,
      enumerable: true,
      get() {
        if (!has(name)) {
          throw new TensorFlowError(
            'unimplemented',
            `${libraryPath} does not export ${name}; TensorFlow 2.9 or newer does`,
          );
        }
        const value = bind(name);
        Object.defineProperty(api, name, { value, enumerable: true });
        return value;
      },
    });
  }
  const functions = api as unknown as CApi;
  api.bufferBytes = (buffer: Pointer) => {
    // struct TF_Buffer { const void *data; size_t length; … }
    const [address, length] = new BigUint64Array(koffi.view(buffer, 16));
    return length ? new Uint8Array(koffi.view(address!, Number(length))).slice() : new Uint8Array(0);
  };
  api.check = (status: Pointer, what?: string) => {
    const code = functions.TF_GetCode(status);
    if (code === 0) return;
    const message = functions.TF_Message(status) ?? '';
    throw TensorFlowError.fromStatus(code, what ? `${what}: ${message}` : message);
  };
  return functions;
}
