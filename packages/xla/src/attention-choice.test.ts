import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import { describe, expect, it } from 'vitest';
import { chooseAttention, describeAttention } from './attention-choice.js';
import type { DeviceDescription } from './pjrt/device.js';
import { stepProgram } from './step-writer.js';

const device = (kind: string, attributes: DeviceDescription['attributes'] = {}): DeviceDescription => {
  return { id: 0, processIndex: 0, kind, attributes };
};
const H200 = device('NVIDIA H200', { compute_capability: '9.0' });
const A100 = device('NVIDIA A100', { compute_capability: '8.0' });
const BLACKWELL = device('NVIDIA RTX PRO 6000', { compute_capability: '12.0' });
const T4 = device('Tesla T4', { compute_capability: '7.5' });
const MI300 = device('AMD Instinct MI300X', { compute_capability: 'gfx942' });
const CPU = device('cpu');

describe('attention', () => {
  const precision = 'bfloat16';

  it.each([
    [H200, 'compute capability 9.0 and bfloat16'],
    [A100, 'compute capability 8.0 and bfloat16'],
    [BLACKWELL, 'compute capability 12.0 and bfloat16'],
  ])("is cuDNN's by itself on $kind", (device, because) => {
    expect(chooseAttention({ precision }, device)).toEqual({ fused: true, because });
    expect(chooseAttention({ precision, fusedAttention: true }, device).fused).toBe(true);
  });

  it.each([
    [T4, "Tesla T4 has compute capability 7.5, and cuDNN's attention wants 8.0"],
    [MI300, 'AMD Instinct MI300X has no cuDNN'],
    [CPU, 'cpu has no cuDNN'],
  ])('is composed on $kind, and refused where it is asked for', (device, because) => {
    expect(chooseAttention({ precision }, device)).toEqual({ fused: false, because });
    const asked = () => chooseAttention({ precision, fusedAttention: true }, device);
    expect(asked).toThrow(`fused attention is asked for, and ${because}; leave it out, or set it to false`);
  });

  it('is composed in float32, where it is forbidden, and where the device is not known', () => {
    const float32 = "products are float32, and cuDNN's attention takes bfloat16";
    expect(chooseAttention({}, H200)).toEqual({ fused: false, because: float32 });
    expect(() => chooseAttention({ fusedAttention: true }, undefined)).toThrow(float32);
    expect(chooseAttention({ precision, fusedAttention: false }, H200).fused).toBe(false);
    expect(chooseAttention({ precision }, undefined)).toEqual({ fused: false, because: 'the device is not known' });
    expect(chooseAttention({ precision, fusedAttention: true }, undefined).fused).toBe(true);
  });
});

/** The fused kernel, which the tracer has. */
const attention = (qkv: tf.Tensor, numHeads: number) => {
  return (tf.engine().runKernel('VjepaAttention', { qkv }, { numHeads }) as tf.Tensor[])[0]!;
};

describe('a program', () => {
  /** Attention over heads of one width after that over heads of another. */
  const program = (widths: number[], device?: DeviceDescription, fusedAttention?: boolean) => {
    const step: StepFunction = (_state, all) => {
      const outputs = Object.entries(all).map(([name, qkv]) => [name, attention(qkv, 2)] as const);
      return { state: {}, outputs: Object.fromEntries(outputs) };
    };
    const inputs = widths.map((width, i) => {
      const shape = [1, 10, 3 * 2 * width];
      return [`x${i}`, { shape, data: new Float32Array(10 * 3 * 2 * width) }] as const;
    });
    const options = { state: {}, precision: 'bfloat16', fusedAttention, device } as const;
    return stepProgram(step, options, Object.fromEntries(inputs));
  };
  const calls = ({ text }: { text: string }) => text.match(/__cudnn\$fmha/g)?.length ?? 0;

  it('calls cuDNN for the shapes that it takes, and says why not for others', () => {
    const found = program([64, 12, 32], H200);
    expect(calls(found)).toBe(2);
    expect(found.text).toContain('stablehlo.dot_general');
    expect(describeAttention(found.attention)).toBe(
      'fused by cuDNN, heads of 64, 32 (compute capability 9.0 and bfloat16); ' +
        'composed, heads of 12 (the width of a head is no multiple of 8)',
    );
  });

  it('is composed on other devices, and where that is wanted', () => {
    for (const [device, asked, because] of [
      [T4, undefined, "Tesla T4 has compute capability 7.5, and cuDNN's attention wants 8.0"],
      [CPU, undefined, 'cpu has no cuDNN'],
      [H200, false, 'fused attention is forbidden'],
      [undefined, undefined, 'the device is not known'],
    ] as const) {
      const found = program([64], device, asked);
      expect(calls(found)).toBe(0);
      expect(found.attention).toEqual([{ headWidth: 64, fused: false, because }]);
    }
  });

  it('is refused where fused attention is asked for and a shape speaks against it', () => {
    expect(calls(program([64, 32], H200, true))).toBe(2);
    expect(() => program([64, 12], H200, true)).toThrow(
      'fused attention is asked for, and attention with heads of 12 is composed: the width of a head is no multiple of 8',
    );
  });
});
