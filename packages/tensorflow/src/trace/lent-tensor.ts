import type { CApi, Pointer } from '../c-api.js';
import { checkSize } from './tensor-memory.js';

/** Copying less than this costs nothing. */
const WORTH_LENDING = 65536;

export interface LentTensor {
  /** A TF_Tensor over the memory that was lent. The caller deletes it. */
  tensor: Pointer;
  /**
   * Settles once TensorFlow has let go of the memory, which is when the last of its references to it is gone: the
   * TF_Tensor and whatever a run or another tensor shares with it. Until then nobody may write there.
   */
  released: Promise<void>;
}

/**
 * Whether memory can be lent. Only shared memory stays where it is, in its size, whatever JavaScript does in the
 * meantime; an ordinary ArrayBuffer can be transferred away or resized.
 */
export function isLendable(data: ArrayBufferView): boolean {
  return data.buffer instanceof SharedArrayBuffer && data.byteLength >= WORTH_LENDING;
}

/** A TF_Tensor over shared memory, without a copy where the data is aligned to 64 bytes. */
export function lendTensor(api: CApi, dtype: number, shape: readonly number[], data: ArrayBufferView): LentTensor {
  checkSize(dtype, shape, data);
  let lender = lenders.get(api);
  if (!lender) {
    lender = new Lender(api);
    lenders.set(api, lender);
  }
  return lender.lend(dtype, shape, data);
}

const lenders = new WeakMap<CApi, Lender>();

/** Keeps lent memory referenced until TensorFlow calls the deallocator with the loan's number. */
class Lender {
  readonly #api: CApi;
  readonly #deallocator: Pointer;
  readonly #loans = new Map<bigint, { data: ArrayBufferView; settle: () => void }>();
  #next = 1n;

  constructor(api: CApi) {
    this.#api = api;
    this.#deallocator = api.deallocator((loan) => {
      this.#loans.get(loan)?.settle();
      this.#loans.delete(loan);
    });
  }

  lend(dtype: number, shape: readonly number[], data: ArrayBufferView): LentTensor {
    const loan = this.#next++;
    const released = new Promise<void>((settle) => this.#loans.set(loan, { data, settle }));
    const dimensions = BigInt64Array.from(shape, BigInt);
    // Data that is not aligned is copied in here, and given back at once.
    const tensor = this.#api.TF_NewTensor(
      dtype,
      dimensions,
      shape.length,
      data,
      data.byteLength,
      this.#deallocator,
      loan,
    );
    return { tensor, released };
  }
}
