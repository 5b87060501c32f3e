import protobuf from 'protobufjs/light.js';
import type { CApi } from '../c-api.js';

const { Type, Field } = protobuf;

const KernelList = new Type('KernelList').add(new Field('kernel', 1, 'KernelDef', 'repeated')).add(
  new Type('KernelDef')
    .add(new Field('deviceType', 2, 'string'))
    .add(new Field('constraint', 3, 'AttrConstraint', 'repeated'))
    .add(new Field('label', 5, 'string'))
    .add(
      new Type('AttrConstraint')
        .add(new Field('name', 1, 'string'))
        .add(new Field('allowedValues', 2, 'AttrValue'))
        .add(
          new Type('AttrValue')
            .add(new Field('list', 1, 'ListValue'))
            .add(new Type('ListValue').add(new Field('type', 6, 'int32', 'repeated'))),
        ),
    ),
);

interface Kernel {
  deviceType: string;
  label: string;
  constraint: { name: string; allowedValues?: { list?: { type: number[] } } }[];
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
      ({ deviceType, constraint, ...kernel }) =>
        deviceType === this.#deviceType &&
        kernel.label === label &&
        constraint.every(({ allowedValues }) => !allowedValues?.list || allowedValues.list.type.includes(dtype)),
    );
  }

  #query(op: string): Kernel[] {
    const api = this.#api;
    const status = api.TF_NewStatus();
    const buffer = api.TF_GetRegisteredKernelsForOp(op, status);
    try {
      api.check(status, `kernels of ${op}`);
      const list = KernelList.decode(api.bufferBytes(buffer));
      return (KernelList.toObject(list, { arrays: true, defaults: true }) as { kernel: Kernel[] }).kernel;
    } finally {
      if (buffer) api.TF_DeleteBuffer(buffer);
      api.TF_DeleteStatus(status);
    }
  }
}
