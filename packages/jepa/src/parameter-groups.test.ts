import { encoderConfig, encoderParameterShapes, predictorConfig, predictorParameterShapes } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { parameterGroups } from './index.js';

describe('parameterGroups', () => {
  // 2 + 4 L, 3 + M + 4 Lp, 3 + 8 L, 4 + 8 Lp for ViT-tiny and a predictor of 12 blocks.
  it('has the sizes of the reference optimiser', () => {
    const encoder = encoderConfig('vit_tiny');
    const groups = parameterGroups(encoderParameterShapes(encoder), predictorParameterShapes(predictorConfig(encoder)));
    expect(groups.map(({ names }) => names.length)).toEqual([50, 53, 99, 100]);
    expect(groups.map(({ model, decayed }) => `${model} ${decayed}`)).toEqual([
      'encoder true',
      'predictor true',
      'encoder false',
      'predictor false',
    ]);
    expect(groups[0]!.names.slice(0, 3)).toEqual(['pos_embed', 'patch_embed.proj.weight', 'blocks.0.attn.qkv.weight']);
    expect(groups[1]!.names.slice(0, 4)).toEqual([
      'predictor_pos_embed',
      'predictor_embed.weight',
      'mask_tokens.0',
      'mask_tokens.1',
    ]);
    expect(groups[3]!.names.at(-1)).toBe('predictor_proj.bias');
  });
});
