import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { VideoError } from '../video-error.js';

/** The parts of an instantiated `@ffmpeg/core` that are used here. */
export interface FfmpegCore {
  FS: EmscriptenFs;
  asm: Record<string, (...args: number[]) => number>;
  HEAPU8: Uint8Array;
  exec(...args: string[]): number;
  /** Returns -1 even when it succeeded. */
  ffprobe(...args: string[]): number;
  setLogger(logger: (entry: { type: string; message: string }) => void): void;
  setTimeout(milliseconds: number): void;
  reset(): void;
}

export interface EmscriptenNode {
  id: number;
  mode: number;
  node_ops: Record<string, unknown>;
  stream_ops: Record<string, unknown>;
}

export interface EmscriptenFs {
  ErrnoError: new (errno: number) => Error;
  mkdir(path: string): void;
  chdir(path: string): void;
  unlink(path: string): void;
  lookupPath(path: string): { node: EmscriptenNode };
  createNode(parent: EmscriptenNode, name: string, mode: number, device: number): EmscriptenNode;
  hashAddNode(node: EmscriptenNode): void;
  destroyNode(node: EmscriptenNode): void;
  streams: ({ fd: number } | null)[];
  close(stream: { fd: number }): void;
}

/** A compiled `WebAssembly.Module`; named here because Node's types do not bring the WebAssembly namespace. */
export interface CompiledFfmpeg {
  readonly [Symbol.toStringTag]: string;
}

type CoreFactory = (options: object) => Promise<FfmpegCore>;

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<CompiledFfmpeg>;
  instantiate(module: CompiledFfmpeg, imports: object): Promise<object>;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

const require = createRequire(import.meta.url);
let compiled: Promise<CompiledFfmpeg> | undefined;

/**
 * Compiles ffmpeg.wasm once per process (0.1 to 0.7 s); the module is then shared with every thread.
 * @throws VideoError `decoder-unavailable` where @ffmpeg/core was left out (docs/licences.md)
 */
export async function compileFfmpeg(): Promise<CompiledFfmpeg> {
  compiled ??= readFile(wasmPath()).then((bytes) => WebAssembly.compile(bytes));
  return compiled;
}

function wasmPath(): string {
  try {
    return require.resolve('@ffmpeg/core/wasm');
  } catch {
    const reason =
      'ffmpeg.wasm is not installed: npm install @ffmpeg/core@0.12.10, or decode with "native" or "cli" (videos are written by ffmpeg.wasm alone)';
    throw new VideoError('decoder-unavailable', '@ffmpeg/core', reason);
  }
}

function coreScriptPath(): string {
  // `require.resolve` follows the "require" condition; the ES module lies beside it.
  return require.resolve('@ffmpeg/core').replace(/([\\/])umd([\\/])/, '$1esm$2');
}

/** The release minifies export names; its own script says which one is `stackSave`. */
async function exportName(name: string): Promise<string | undefined> {
  const script = await readFile(coreScriptPath(), 'utf8');
  return new RegExp(`${name}=Module\\["asm"\\]\\["(\\w+)"\\]`).exec(script)?.[1];
}

export interface InstantiatedCore {
  core: FfmpegCore;
  /** Absent when the build does not export them: the instance must then be replaced every few dozen runs. */
  stack: { save(): number; restore(pointer: number): void } | undefined;
}

/** A fresh ffmpeg.wasm instance (about 25 ms and 10 MB). Only call this in a worker thread: it defines `self`. */
export async function instantiateFfmpeg(module: CompiledFfmpeg): Promise<InstantiatedCore> {
  // The script looks at `self.location` as a browser's worker has it.
  const scope = globalThis as { self?: unknown; location?: unknown };
  scope.self ??= globalThis;
  scope.location ??= { href: import.meta.url };
  const { default: createCore } = (await import(pathToFileURL(coreScriptPath()).href)) as { default: CoreFactory };
  const core = await createCore({
    instantiateWasm(imports: object, done: (instance: object, module: CompiledFfmpeg) => void) {
      void WebAssembly.instantiate(module, imports).then((instance) => done(instance, module));
      return {};
    },
  });
  const [save, restore] = await Promise.all([exportName('stackSave'), exportName('stackRestore')]);
  const stack =
    save && restore && core.asm[save] && core.asm[restore]
      ? { save: () => core.asm[save]!(), restore: (pointer: number) => void core.asm[restore]!(pointer) }
      : undefined;
  return { core, stack };
}
