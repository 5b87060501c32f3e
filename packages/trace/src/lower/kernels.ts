/** What TensorFlow's operations can be written for. */
export interface Kernels {
  /** Whether TensorFlow has a kernel for an operation on the device, with these element types (and this label). */
  hasKernel(op: string, dtype: number, label?: string): boolean;
  /**
   * Whether oneDNN multiplies tiles of bfloat16 (AMX). Only its matmul does so, not the inner product that TensorFlow's fused
   * products are made of. Default: false.
   */
  tiles?: boolean | undefined;
}
