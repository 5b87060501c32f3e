import { describe, expect, it } from 'vitest';
import { putBelow, takeBranch } from './index.js';

describe('names that are paths', () => {
  const state = { 'encoder.norm.weight': 1, 'encoder.blocks.0.mlp': 2, 'encoder_ema.norm.weight': 3, step: 4 };

  it('of a branch are those below it, without it', () => {
    expect(takeBranch(state, 'encoder')).toEqual({ 'norm.weight': 1, 'blocks.0.mlp': 2 });
    expect(takeBranch(state, 'encoder.blocks.0')).toEqual({ mlp: 2 });
    expect(takeBranch(state, 'norm')).toEqual({});
  });

  it('are put below a branch and taken from it again', () => {
    expect(putBelow('probe.0', { 'linear.bias': 1 })).toEqual({ 'probe.0.linear.bias': 1 });
    expect(takeBranch(putBelow('probe.0', state), 'probe.0')).toEqual(state);
  });
});
