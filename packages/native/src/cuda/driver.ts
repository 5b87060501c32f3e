import type { CudaGpu, DriverProbe } from '@vjepa/engine';
import type * as Koffi from 'koffi';

/** cuda.h, CUresult */
const CUDA_ERROR_NO_DEVICE = 100;
const ATTRIBUTE_MAJOR = 75;
const ATTRIBUTE_MINOR = 76;

const MANAGEMENT = 'libnvidia-ml.so.1';

/** Asks NVIDIA's driver what it is and drives. No memory is taken on a GPU that is not started. */
export function probeDriver(koffi: typeof Koffi): DriverProbe {
  let library: Koffi.LibraryHandle;
  try {
    library = koffi.load('libcuda.so.1');
  } catch (error) {
    return {
      missing: 'library',
      reason: `there is no NVIDIA driver: libcuda.so.1 could not be opened (${reason(error)})`,
    };
  }
  const call = (name: string, types: string[], ...values: unknown[]): number =>
    library.func(name, 'int', types)(...values) as number;
  const nameOf = (code: number): string => {
    const text = [null] as [string | null];
    call('cuGetErrorName', ['int', '_Out_ const char **'], code, text);
    return text[0] ?? `error ${code}`;
  };
  const refusal = (what: string, code: number): DriverProbe => {
    const name = nameOf(code);
    return code === CUDA_ERROR_NO_DEVICE
      ? { missing: 'device', reason: `the NVIDIA driver sees no GPU (${what}: ${name})${hidden()}` }
      : { missing: 'device', reason: `the NVIDIA driver refuses to start (${what}: ${name})${hidden()}` };
  };
  const number = [0] as [number];
  const out = (name: string, types: string[], ...values: unknown[]) => {
    const code = call(name, ['_Out_ int *', ...types], number, ...values);
    return { code, value: number[0] };
  };

  const started = call('cuInit', ['uint'], 0);
  if (started !== 0) return refusal('cuInit', started);
  const { value: cuda } = out('cuDriverGetVersion', []);
  const count = out('cuDeviceGetCount', []);
  if (count.code !== 0 || count.value === 0) return refusal('cuDeviceGetCount', count.code || CUDA_ERROR_NO_DEVICE);
  const gpus = Array.from({ length: count.value }, (_, i): CudaGpu => {
    const { value: device } = out('cuDeviceGet', ['int'], i);
    const name = Buffer.alloc(256);
    call('cuDeviceGetName', ['void *', 'int', 'int'], name, name.length, device);
    const memory = new BigUint64Array(1);
    call('cuDeviceTotalMem_v2', ['void *', 'int'], memory, device);
    const [major, minor] = [ATTRIBUTE_MAJOR, ATTRIBUTE_MINOR].map(
      (attribute) => out('cuDeviceGetAttribute', ['int', 'int'], attribute, device).value,
    );
    return {
      name: name.toString('utf8', 0, name.indexOf(0)),
      computeCapability: `${major}.${minor}`,
      memoryBytes: Number(memory[0]),
    };
  });
  const { version, withoutManagement } = askManagement(koffi);
  return {
    ...(withoutManagement !== undefined && { withoutManagement }),
    driver: {
      ...(version !== undefined && { version }),
      cuda: `${Math.floor(cuda / 1000)}.${Math.floor((cuda % 1000) / 10)}`,
      gpus,
    },
    start(gpu) {
      const context = new BigUint64Array(1);
      const retained = call('cuDevicePrimaryCtxRetain', ['void *', 'int'], context, gpu);
      if (retained !== 0) return nameOf(retained);
      // The context stays, for TensorFlow to find.
      call('cuCtxPushCurrent_v2', ['void *'], context[0]);
      const memory = new BigUint64Array(2);
      const told = call('cuMemGetInfo_v2', ['void *', 'void *'], memory.subarray(0, 1), memory.subarray(1));
      call('cuCtxPopCurrent_v2', ['void *'], new BigUint64Array(1));
      return told === 0 ? Number(memory[0]) : nameOf(told);
    },
  };
}

/** The driver's version, from its management library. */
function askManagement(koffi: typeof Koffi): { version?: string; withoutManagement?: string } {
  let nvml: Koffi.LibraryHandle;
  try {
    nvml = koffi.load(MANAGEMENT);
  } catch (error) {
    return { withoutManagement: `${MANAGEMENT} could not be opened (${reason(error)})` };
  }
  try {
    if (nvml.func('nvmlInit_v2', 'int', [])() !== 0) return {};
    const text = Buffer.alloc(96);
    const code = nvml.func('nvmlSystemGetDriverVersion', 'int', ['void *', 'uint'])(text, text.length);
    nvml.func('nvmlShutdown', 'int', [])();
    return code === 0 ? { version: text.toString('latin1', 0, text.indexOf(0)) } : {};
  } catch {
    return {};
  }
}

function hidden(): string {
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  return visible === undefined ? '' : `; CUDA_VISIBLE_DEVICES is '${visible}'`;
}

function reason(error: unknown): string {
  return (error as Error).message.replace(/^Failed to load shared library: /, '');
}
