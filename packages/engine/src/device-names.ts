import type { EngineOptions } from './engine.js';

/** Whether devices are called by TensorFlow's names. */
export function areNames(devices: EngineOptions['devices']): devices is readonly `/device:${string}`[] {
  return Array.isArray(devices) && typeof devices[0] === 'string';
}

/** GPUs by their numbers and kinds, for people: `GPU 0 (NVIDIA H200)`, `GPUs 0, 1 (NVIDIA H200)`. */
export function gpuNames(gpus: readonly { number: number; name: string | undefined }[]): string {
  const kinds = new Set(gpus.flatMap(({ name }) => name ?? []));
  return `GPU${gpus.length > 1 ? 's' : ''} ${gpus.map(({ number }) => number).join(', ')} (${[...kinds].join(', ')})`;
}
