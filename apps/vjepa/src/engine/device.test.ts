import { findTensorFlow, loadTensorFlow, publishesCuda } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import { openEngine } from './engine.js';

const installed = (await findTensorFlow()) !== undefined;
const gpu = installed && (await loadTensorFlow()).gpu.used > 0;

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

describe.skipIf(!installed || gpu || !publishesCuda())('on an x86 CPU the line about the engine', () => {
  it("advises bfloat16 in the command's own words, or not at all", async () => {
    const setting = 'optimization.use_bfloat16: true';
    expect((await openEngine({ bfloat16Setting: setting })).description).toContain(`; ${setting} is faster on CPUs`);
    expect((await openEngine({ bfloat16Setting: setting, precision: 'bfloat16' })).description).not.toContain('faster');
    expect((await openEngine()).description).not.toContain('bfloat16');
  });
});
