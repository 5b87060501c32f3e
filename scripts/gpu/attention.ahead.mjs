import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { stepProgram } from '../../packages/xla/dist/index.js';
import { aheadPlugin } from './ahead-plugin.mjs';

// XLA, cuDNN and ptxas are real here and compile for the GPU; only the driver is not.

const tf = createRequire(new URL('../../packages/xla/package.json', import.meta.url))('@tensorflow/tfjs-core');

let compiler;
beforeAll(async () => {
  compiler = await aheadPlugin();
});

const CAPABILITIES = { h200: '9.0', a100: '8.0' };
const BATCH = 4;
const HEADS = 4;

/** Attention and its gradient over N tokens, of which seven are padding where there is any. */
function attentionProgram({ width, N, padded, fusedAttention, device }) {
  const kernel = (name, inputs) => {
    const result = tf.engine().runKernel(name, inputs, { numHeads: HEADS });
    return Array.isArray(result) ? result[0] : result;
  };
  const step = (_state, { qkv, dy, length }) => {
    const present = padded && tf.cast(tf.less(tf.range(0, N, 1, 'int32'), length), 'float32');
    const given = present ? { qkv, present } : { qkv };
    const y = kernel('VjepaAttention', given);
    return { state: {}, outputs: { y, dqkv: kernel('VjepaAttentionGrad', { ...given, y, dy }) } };
  };
  const zeros = (...shape) => ({ shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) });
  const inputs = { qkv: zeros(BATCH, N, 3 * HEADS * width), dy: zeros(BATCH, N, HEADS * width) };
  const length = { shape: [], data: Int32Array.of(N - 7) };
  const options = { state: {}, precision: 'bfloat16', fusedAttention, device };
  return stepProgram(step, options, { ...inputs, length });
}

describe.each(['h200', 'a100'])('fused attention, compiled for %s', (gpu) => {
  // Widths of heads: ViT-L, ViT-H, ViT-g, and the predictor of 384 features with 12 and 16 heads.
  it.each(
    [64, 80, 88, 32, 24].flatMap((width) => [
      { width, padded: false },
      { width, padded: true },
    ]),
  )('cuDNN has kernels, forward and backward: heads of $width, padding: $padded', async ({ width, padded }) => {
    const device = await compiler.device(gpu);
    const { text, attention } = attentionProgram({ width, N: 256, padded, device });
    expect(attention).toEqual([
      { headWidth: width, fused: true, because: `compute capability ${CAPABILITIES[gpu]} and bfloat16` },
    ]);
    const { compiled } = await compiler.compile(text, gpu);
    expect(compiled).toMatchObject({ cudnn: 2, products: 0 });
  });

  it('no matrix of scores is in memory', async () => {
    const [N, width] = [1024, 64];
    const temporaries = async (fusedAttention) => {
      const program = attentionProgram({ width, N, padded: false, fusedAttention });
      return (await compiler.compile(program.text, gpu)).memory.temporaries;
    };
    const scores = 2 * BATCH * HEADS * N * N; // in bfloat16
    expect(await temporaries(true)).toBeLessThan(2 * scores);
    expect(await temporaries(false)).toBeGreaterThan(2 * scores);
  });

  it('padding of an odd number of tokens, which cuDNN does not take, stays batched', async () => {
    const device = await compiler.device(gpu);
    const { text, attention } = attentionProgram({ width: 64, N: 255, padded: true, device });
    expect(attention).toMatchObject([{ fused: false, because: '255 tokens, an odd number, are padded' }]);
    const { compiled } = await compiler.compile(text, gpu);
    expect(compiled.cudnn).toBe(0);
    expect(compiled.products).toBeGreaterThan(0);
  });
});
