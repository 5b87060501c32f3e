import type { CApi, Pointer } from './c-api.js';

/** A device TensorFlow can run operations on. */
export interface Device {
  /** Full name, e.g. `/job:localhost/replica:0/task:0/device:CPU:0`. */
  name: string;
  /** `CPU`, `GPU`, … */
  type: string;
  /** Memory TensorFlow may use there, in bytes. */
  memoryBytes: number;
}

/** TensorFlow's eager context: the devices, thread pools and kernel caches behind operations run one by one. */
export interface EagerContext {
  readonly pointer: Pointer;
  readonly devices: readonly Device[];
  dispose(): void;
}

/** @param config a serialized ConfigProto: thread pools, GPU memory and the like. */
export function createEagerContext(tf: CApi, config: Uint8Array): EagerContext {
  const status = tf.TF_NewStatus();
  const options = tf.TFE_NewContextOptions();
  try {
    if (config.length > 0) {
      tf.TFE_ContextOptionsSetConfig(options, config, config.length, status);
      tf.check(status, 'setting the eager context up');
    }
    const pointer = tf.TFE_NewContext(options, status);
    tf.check(status, 'creating the eager context');
    const devices = listDevices(tf, tf.TFE_ContextListDevices(pointer, status), status);
    return { pointer, devices, dispose: () => tf.TFE_DeleteContext(pointer) };
  } finally {
    tf.TFE_DeleteContextOptions(options);
    tf.TF_DeleteStatus(status);
  }
}

/** Reads and frees a `TF_DeviceList`; `status` is the one its maker was given. */
function listDevices(tf: CApi, list: Pointer, status: Pointer): Device[] {
  tf.check(status, 'listing devices');
  try {
    return Array.from({ length: tf.TF_DeviceListCount(list) }, (_, index) => ({
      name: tf.TF_DeviceListName(list, index, status) ?? '',
      type: tf.TF_DeviceListType(list, index, status) ?? '',
      memoryBytes: Number(tf.TF_DeviceListMemoryBytes(list, index, status)),
    }));
  } finally {
    tf.TF_DeleteDeviceList(list);
  }
}
