import { findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import { openEngine } from './engine.js';

const gpu = (await findTensorFlow()) !== undefined && (await loadTensorFlow()).gpu.used > 0;

describe.skipIf(gpu)('a GPU that is asked for where there is none', () => {
  it('is an error that says why, not another device', async () => {
    await expect(openEngine({ device: 'gpu' })).rejects.toThrow(/^--device gpu: .+; vjepa doctor says what to do$/);
  });

  it('is not to be had from the WebAssembly backend', async () => {
    await expect(openEngine({ device: 'gpu', backend: 'wasm' })).rejects.toThrow(
      'the wasm backend computes on the CPU',
    );
  });
});
