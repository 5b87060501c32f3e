import type { GpuProblemCode } from '@vjepa/engine';

/** What to do where a GPU, or a TensorFlow for GPUs, is there and none is used; by the reason. */
const REMEDIES: Record<GpuProblemCode, string> = {
  'built-without-gpu': 'vjepa runtime install --cuda',
  'no-driver': "NVIDIA's driver, 525.60.13 or newer; without such a GPU, --device cpu",
  'no-device': 'nvidia-smi shows what the driver sees; CUDA_VISIBLE_DEVICES hides GPUs',
  'driver-too-old': "NVIDIA's driver, 525.60.13 or newer",
  'driver-incomplete': "all of NVIDIA's driver; in a container, NVIDIA_DRIVER_CAPABILITIES=compute,utility",
  'library-missing': 'vjepa runtime install --cuda lays out what is missing',
  'no-kernels': 'a GPU of compute capability 6.0 or newer; --device cpu computes without it',
  'no-memory': 'end the programs that nvidia-smi lists, or choose another GPU with CUDA_VISIBLE_DEVICES',
  'not-asked-for': 'leave out --device cpu',
  refused: 'TF_CPP_MIN_LOG_LEVEL=0 shows what TensorFlow says; vjepa doctor looks at the rest',
};

export function gpuRemedy(code: GpuProblemCode): string {
  return REMEDIES[code];
}
