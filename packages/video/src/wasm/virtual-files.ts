import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { SourceFile } from '../sources/source-file.js';
import type { EmscriptenFs, EmscriptenNode, FfmpegCore } from './core-module.js';

/** Errno numbers of Emscripten's C library. */
const EINVAL = 28;
const EIO = 29;
const EPERM = 63;

const FILE_READ_ONLY = 0o100444;
const FILE_READ_WRITE = 0o100644;

/** What lies behind a file name that ffmpeg.wasm sees. */
export interface VirtualFile extends Omit<SourceFile, 'version'> {
  write?(source: Uint8Array, offset: number, length: number, position: number): number;
  truncate?(size: number): void;
}

/** A new file on disk that ffmpeg.wasm writes, and may read back (mp4 tables). */
export function writableDiskFile(path: string): VirtualFile {
  const fd = openSync(path, 'w+');
  let size = 0;
  return {
    size: () => size,
    read: (target, offset, length, position) => readSync(fd, target, offset, length, position),
    write(source, offset, length, position) {
      const written = writeSync(fd, source, offset, length, position);
      size = Math.max(size, position + written);
      return written;
    },
    truncate(newSize) {
      ftruncateSync(fd, newSize);
      size = newSize;
    },
    close: () => closeSync(fd),
  };
}

/** Bytes in memory, read only. */
export function memoryFile(bytes: Uint8Array): VirtualFile {
  return {
    size: () => bytes.length,
    read(target, offset, length, position) {
      const end = Math.min(bytes.length, position + length);
      if (end <= position) return 0;
      target.set(bytes.subarray(position, end), offset);
      return end - position;
    },
    close() {},
  };
}

/** A stream that hands every chunk written to it to `onChunk`; the chunk is only valid during the call. */
export function sinkFile(onChunk: (chunk: Uint8Array) => void): VirtualFile {
  let size = 0;
  return {
    size: () => size,
    read: () => 0,
    write(source, offset, length) {
      onChunk(source.subarray(offset, offset + length));
      size += length;
      return length;
    },
    truncate() {},
    close() {},
  };
}

/** Puts `file` at /`folder`/`name` in the instance's file system; the returned function takes it away and closes it. */
export function mountFile(core: FfmpegCore, folder: string, name: string, file: VirtualFile): () => void {
  const { FS } = core;
  const parent = FS.lookupPath(folder).node;
  const node = FS.createNode(parent, name, file.write ? FILE_READ_WRITE : FILE_READ_ONLY, 0);
  node.node_ops = nodeOperations(FS, file);
  node.stream_ops = streamOperations(core, file);
  return () => {
    FS.destroyNode(node);
    file.close();
  };
}

function nodeOperations(FS: EmscriptenFs, file: VirtualFile): Record<string, unknown> {
  const epoch = new Date(0);
  return {
    getattr: (node: EmscriptenNode) => ({
      dev: 1,
      ino: node.id,
      mode: node.mode,
      nlink: 1,
      uid: 0,
      gid: 0,
      rdev: 0,
      size: file.size(),
      atime: epoch,
      mtime: epoch,
      ctime: epoch,
      blksize: 4096,
      blocks: Math.ceil(file.size() / 4096),
    }),
    setattr(_node: EmscriptenNode, attributes: { size?: number }) {
      if (attributes.size === undefined) return;
      if (!file.truncate) throw new FS.ErrnoError(EPERM);
      file.truncate(attributes.size);
    },
  };
}

function streamOperations({ FS, HEAPU8 }: FfmpegCore, file: VirtualFile): Record<string, unknown> {
  // The heap's buffer changes when memory grows: the view handed in by the caller is the valid one.
  let heap = HEAPU8;
  const bytesOf = (view: Int8Array) => {
    if (heap.buffer !== view.buffer) heap = new Uint8Array(view.buffer, 0, view.buffer.byteLength);
    return heap;
  };
  const guarded = (action: () => number): number => {
    try {
      return action();
    } catch {
      throw new FS.ErrnoError(EIO);
    }
  };
  return {
    open() {},
    close() {},
    read: (_stream: unknown, buffer: Int8Array, offset: number, length: number, position: number) =>
      guarded(() => file.read(bytesOf(buffer), offset, length, position)),
    write(_stream: unknown, buffer: Int8Array, offset: number, length: number, position: number) {
      const write = file.write;
      if (!write) throw new FS.ErrnoError(EPERM);
      return guarded(() => write(bytesOf(buffer), offset, length, position));
    },
    llseek(stream: { position: number }, offset: number, whence: number) {
      const base = whence === 1 ? stream.position : whence === 2 ? file.size() : 0;
      if (base + offset < 0) throw new FS.ErrnoError(EINVAL);
      return base + offset;
    },
  };
}
