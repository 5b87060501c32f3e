import { encoderConfig, encoderParameterShapes, predictorConfig, predictorParameterShapes } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { layerGroups } from './layer-groups.js';

const encoder = encoderConfig('vit_tiny', { depth: 6 });

describe('layerGroups', () => {
  it('sorts an encoder by depth', () => {
    const groups = layerGroups([...encoderParameterShapes(encoder).keys()]);
    expect(groups.embedding).toEqual(['pos_embed', 'patch_embed.proj.weight', 'patch_embed.proj.bias']);
    expect(groups.early).toContain('blocks.1.mlp.fc2.bias');
    expect(groups.middle).toContain('blocks.2.norm1.weight');
    expect(groups.late).toContain('blocks.5.attn.qkv.weight');
    expect(groups.output).toEqual(['norm.weight', 'norm.bias']);
    for (const third of ['early', 'middle', 'late'] as const) expect(groups[third]).toHaveLength(24);
  });

  it('sorts a predictor with a prefix, mask tokens among what makes its tokens', () => {
    const names = [...predictorParameterShapes(predictorConfig(encoder, { depth: 3 })).keys()].map(
      (n) => `predictor.${n}`,
    );
    const groups = layerGroups(names);
    expect(groups.embedding).toContain('predictor.mask_tokens.0');
    expect(groups.late).toContain('predictor.predictor_blocks.2.attn.proj.weight');
    expect(groups.output).toContain('predictor.predictor_proj.weight');
    expect(Object.values(groups).flat().sort()).toEqual([...names].sort());
  });

  it('leaves out thirds that a shallow model does not have', () => {
    expect(Object.keys(layerGroups(['blocks.0.norm1.weight', 'norm.weight']))).toEqual(['early', 'output']);
  });
});
