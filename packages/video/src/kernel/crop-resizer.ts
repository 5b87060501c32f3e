import { type ColorMatrix, type ColorRange, colorWeights } from '../color-tables.js';
import { bilinearTaps } from '../transform/bilinear-taps.js';
import type { CropBox } from '../transform/crop-box.js';
import type { DecodedPicture } from '../yuv-to-rgb.js';
import { CROP_RESIZE_KERNEL } from './crop-resize-kernel.js';

interface KernelExports {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  setColor(luma: number, offset: number, redV: number, greenU: number, greenV: number, blueU: number): void;
  setScratch(pixels: number, first: number, second: number): void;
  cropResize(
    y: number,
    u: number,
    v: number,
    lumaStride: number,
    chromaStride: number,
    width: number,
    size: number,
    rows: number,
    columns: number,
    out: number,
    interlaced: number,
  ): void;
}

interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: object };
}

const PAGE = 65536;
/** The kernel reads up to 16 bytes past a plane and writes up to 4 past its output. */
const SLACK = 64;
/** Horizontal weights have 14 fraction bits. */
const WEIGHT_ONE = 1 << 14;

/** What a clip's pictures have in common: the box to cut out and how it is stored. */
export interface CropResizeJob {
  box: CropBox;
  /** S, a multiple of 4. */
  size: number;
  flip: boolean;
  matrix: ColorMatrix;
  range: ColorRange;
}

/**
 * Colour conversion, crop and bilinear resize in one pass over the wanted lines of a decoded picture, in WebAssembly
 * with SIMD: for 8-bit 4:2:0, about 0.1 ms for a 224x224 result. Bytes are within 1 of `cropResize` over the converted
 * picture: horizontal weights are rounded to 14 bits.
 */
export class CropResizer {
  readonly #kernel: KernelExports;
  #job: CropResizeJob | undefined;
  #layout = { rows: 0, columns: 0, out: 0, planes: 0 };

  constructor() {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
    const bytes = Uint8Array.from(atob(CROP_RESIZE_KERNEL), (character) => character.charCodeAt(0));
    this.#kernel = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as KernelExports;
  }

  /** Whether pictures of this kind can be done here. */
  static handles({ format }: Pick<DecodedPicture, 'format'>, size: number): boolean {
    const { kind, bits, chromaShiftX, chromaShiftY } = format;
    return kind === 'yuv' && bits === 8 && chromaShiftX === 1 && chromaShiftY === 1 && size % 4 === 0;
  }

  /** Sets up for the pictures of a clip. */
  start(job: CropResizeJob): void {
    this.#job = job;
    const { box, size, flip } = job;
    const origin = alignedOrigin(box);
    const width = box.left + box.width - origin.left;
    let end = 1024;
    const reserve = (bytes: number) => {
      const start = end;
      end = (end + bytes + SLACK + 15) & ~15;
      return start;
    };
    const columns = reserve(size * 8);
    const rows = reserve(size * 12);
    const pixels = reserve((width + 16) * 4);
    const [first, second] = [reserve(size * 16), reserve(size * 16)];
    const out = reserve(size * size * 3);
    this.#layout = { rows, columns, out, planes: end };
    this.#ensureMemory(end);
    this.#kernel.setScratch(pixels, first, second);
    const weights = colorWeights(job.matrix, job.range);
    const { luma, lumaOffset, redV, greenU, greenV, blueU } = weights;
    this.#kernel.setColor(luma, lumaOffset * 8, redV, greenU, greenV, blueU);
    this.#writeTaps(box, size, flip, origin);
  }

  /** Writes the result of one picture, [S, S, 3] bytes, into `out` at `outOffset`. */
  resize(picture: DecodedPicture, out: Uint8Array, outOffset: number): void {
    const job = this.#job;
    if (!job) throw new Error('start() comes before resize()');
    const { box, size } = job;
    const { top, left } = alignedOrigin(box);
    const [lumaStride, chromaStride] = [picture.strides[0]!, picture.strides[1]!];
    if (picture.strides[2] !== chromaStride) throw new Error('both chroma planes must have the same stride');
    const bottom = box.top + box.height;
    // Interlaced chroma lines lie up to one line further down.
    const chromaEnd = Math.min(((bottom + 3) >> 2) << 1, (picture.height + 1) >> 1);
    const luma = picture.planes[0]!.subarray(top * lumaStride, bottom * lumaStride);
    const [u, v] = [1, 2].map((i) =>
      picture.planes[i]!.subarray((top >> 1) * chromaStride, chromaEnd * chromaStride),
    ) as [Uint8Array, Uint8Array];
    const y = this.#layout.planes;
    const uStart = (y + luma.length + SLACK) & ~15;
    const vStart = (uStart + u.length + SLACK) & ~15;
    this.#ensureMemory(vStart + v.length + SLACK);
    const memory = new Uint8Array(this.#kernel.memory.buffer);
    memory.set(luma, y);
    memory.set(u, uStart);
    memory.set(v, vStart);
    const { rows, columns, out: result } = this.#layout;
    const width = box.left + box.width - left;
    this.#kernel.cropResize(
      y + left,
      uStart + (left >> 1),
      vStart + (left >> 1),
      lumaStride,
      chromaStride,
      width,
      size,
      rows,
      columns,
      result,
      picture.interlaced ? 1 : 0,
    );
    out.set(memory.subarray(result, result + size * size * 3), outOffset);
  }

  #writeTaps(box: CropBox, size: number, flip: boolean, origin: { top: number; left: number }): void {
    const view = new DataView(this.#kernel.memory.buffer);
    const horizontal = bilinearTaps(box.width, size);
    for (let x = 0; x < size; x++) {
      const source = flip ? size - 1 - x : x;
      // The last pixel's right neighbour is itself: the kernel repeats it.
      const right = Math.round(horizontal.weight[source]! * WEIGHT_ONE);
      const at = this.#layout.columns + 8 * x;
      view.setUint32(at, 4 * (horizontal.first[source]! + box.left - origin.left), true);
      view.setInt16(at + 4, WEIGHT_ONE - right, true);
      view.setInt16(at + 6, right, true);
    }
    const vertical = bilinearTaps(box.height, size);
    const offset = box.top - origin.top;
    for (let i = 0; i < size; i++) {
      const at = this.#layout.rows + 12 * i;
      view.setInt32(at, vertical.first[i]! + offset, true);
      view.setInt32(at + 4, vertical.second[i]! + offset, true);
      view.setFloat32(at + 8, vertical.weight[i]!, true);
    }
  }

  #ensureMemory(bytes: number): void {
    const missing = bytes - this.#kernel.memory.buffer.byteLength;
    if (missing > 0) this.#kernel.memory.grow(Math.ceil(missing / PAGE));
  }
}

/** Where copying begins: on a whole chroma sample, and on a whole pair of lines of each field. */
function alignedOrigin(box: CropBox): { top: number; left: number } {
  return { top: box.top & ~3, left: box.left & ~1 };
}
