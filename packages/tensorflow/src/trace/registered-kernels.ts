import { ProtobufMessage } from '@vjepa/native';
import type { CApi } from '../c-api.js';

interface Kernel {
  deviceType: string;
  label: string;
  /** What each type attribute may be that is not free. */
  allowedTypes: readonly (readonly number[])[];
}

/** `TF_ENABLE_ONEDNN_OPTS=0` is TensorFlow's own way to do without oneDNN. Its kernels are registered even then. */
function isForbidden(op: string): boolean {
  return op.startsWith('_Mkl') && /^(0|false)$/i.test(process.env.TF_ENABLE_ONEDNN_OPTS ?? '');
}

/** Which operations this build of TensorFlow can run on a device, and may. */
export class RegisteredKernels {
  readonly #api: CApi;
  readonly #deviceType: string;
  readonly #kernels = new Map<string, Kernel[]>();

  /** @param device e.g. `/device:CPU:0` */
  constructor(api: CApi, device: string) {
    this.#api = api;
    this.#deviceType = /device:(\w+)/.exec(device)?.[1] ?? 'CPU';
  }

  /**
   * Whether there is a kernel with all type attributes `dtype`, and the environment does not forbid it.
   *
   * @param label what a kernel may want the operation's attribute `_kernel` to say; '' for most
   */
  has(op: string, dtype: number, label = ''): boolean {
    if (isForbidden(op)) return false;
    let kernels = this.#kernels.get(op);
    if (kernels === undefined) {
      kernels = this.#query(op);
      this.#kernels.set(op, kernels);
    }
    return kernels.some(
      (kernel) =>
        kernel.deviceType === this.#deviceType &&
        kernel.label === label &&
        kernel.allowedTypes.every((types) => types.includes(dtype)),
    );
  }

  #query(op: string): Kernel[] {
    const api = this.#api;
    const status = api.TF_NewStatus();
    const buffer = api.TF_GetRegisteredKernelsForOp(op, status);
    try {
      api.check(status, `kernels of ${op}`);
      // KernelList: kernel 1.
      return new ProtobufMessage(api.bufferBytes(buffer)).messages(1).map(readKernel);
    } finally {
      if (buffer) api.TF_DeleteBuffer(buffer);
      api.TF_DeleteStatus(status);
    }
  }
}

/** KernelDef: device_type 2, constraint 3 (name 1, allowed_values 2 (list 1 (type 6))), label 5. */
function readKernel(kernel: ProtobufMessage): Kernel {
  const allowedTypes = kernel
    .messages(3)
    .flatMap((constraint) => constraint.messages(2))
    .flatMap((values) => values.messages(1))
    .map((list) => list.numbers(6));
  return { deviceType: kernel.text(2), label: kernel.text(5), allowedTypes };
}
