import { describe, expect, it } from 'vitest';
import { fill, flatten, outlineOf, takeBranch } from './index.js';
import { namesIn } from './tensor-tree.js';

const tensor = (value: number) => ({ shape: [1], data: Float32Array.of(value) });

const state = {
  targetEncoder: { 'blocks.0.attn.qkv.weight': tensor(1), pos_embed: tensor(2) },
  expAvgSq: { probe: [{ 'linear.bias': tensor(3) }, { 'linear.bias': tensor(4) }] },
  gradient: undefined,
};

describe('a tree of tensors', () => {
  it('is laid out flat under the names that files and graphs have', () => {
    expect(flatten(state)).toEqual({
      'target_encoder.blocks.0.attn.qkv.weight': tensor(1),
      'target_encoder.pos_embed': tensor(2),
      'exp_avg_sq.probe.0.linear.bias': tensor(3),
      'exp_avg_sq.probe.1.linear.bias': tensor(4),
    });
    expect(flatten({ learningRate: [1e-3, 1e-4] })).toEqual({ 'learning_rate.0': 1e-3, 'learning_rate.1': 1e-4 });
  });

  it('is had again from its outline', () => {
    const flat = flatten(state);
    const { gradient: _, ...defined } = state;
    expect(fill(outlineOf(state), (name) => flat[name])).toEqual(defined);
    expect(namesIn(outlineOf(state))).toEqual(Object.keys(flat));
  });

  it('leaves out what is not there', () => {
    const some = takeBranch(flatten(state), 'target_encoder');
    expect(fill(outlineOf(state), (name) => some[name.replace('target_encoder.', '')])).toEqual({
      targetEncoder: state.targetEncoder,
    });
    expect(fill(outlineOf({ encoder: {}, probe: [] }), () => undefined)).toEqual({ encoder: {}, probe: [] });
  });

  it('is made of tensors, and of nothing else', () => {
    expect(() => flatten({ expAvg: { bias: 'zeros' } })).toThrow(
      "expected tensors, or records and lists of them, found zeros at 'exp_avg.bias'",
    );
  });
});
