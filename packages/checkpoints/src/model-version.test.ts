import { describe, expect, it } from 'vitest';
import { modelVersion } from './model-version.js';

/** Shapes by name. */
function shapes(named: Record<string, number[]>) {
  return new Map(Object.entries(named).map(([name, shape]) => [name, { shape }]));
}

const encoder = (more: Record<string, number[]>, embedDim = 1024) =>
  modelVersion(shapes({ 'patch_embed.proj.weight': [embedDim, 3, 2, 16, 16], ...more }));
const table = (tokens: number) => ({ pos_embed: [1, tokens, 1024] });
const predictor = (maskTokens: number, more: Record<string, number[]>) => {
  const tokens = Array.from({ length: maskTokens }, (_, i) => [`mask_tokens.${i}`, [1, 1, 384]] as const);
  return modelVersion(shapes({ 'predictor_proj.weight': [1024, 384], ...Object.fromEntries(tokens), ...more }));
};

describe('modelVersion', () => {
  it('is certain where the structure is one version’s alone', () => {
    const found = [
      encoder({ 'norms_block.0.weight': [1024], ...table(18432) }),
      encoder({}),
      modelVersion(shapes({ 'patch_embed.proj.weight': [1024, 3, 16, 16], ...table(196) })),
      predictor(8, { 'predictor_proj_context.weight': [1024, 384] }),
      predictor(2, {}),
      predictor(10, { 'action_encoder.weight': [1024, 7] }),
    ];
    expect(found.map((evidence) => [evidence?.version, evidence?.certain])).toEqual([
      ['V-JEPA 2.1', true],
      ['V-JEPA 2', true],
      ['V-JEPA', true],
      ['V-JEPA 2.1', true],
      ['V-JEPA 2', true],
      ['V-JEPA 2', true],
    ]);
  });

  it('goes by the published models where a position table leaves it open, and says so', () => {
    const position = { predictor_pos_embed: [1, 1568, 384] };
    expect([encoder(table(1568)), encoder(table(18432)), encoder(table(2048), 1408), predictor(10, position)]).toEqual([
      { version: 'V-JEPA', certain: false, ground: 'its position table is for 16 frames of 224 x 224' },
      { version: 'V-JEPA 2', certain: false, ground: 'its position table is for 64 frames of 384 x 384' },
      { version: 'V-JEPA 2', certain: false, ground: "it is 1408 wide, as V-JEPA 2's giants are" },
      { version: 'V-JEPA 2', certain: false, ground: 'its predictor has 10 mask tokens' },
    ]);
  });

  it('knows what it does not know', () => {
    expect(encoder(table(2048))).toBeUndefined();
    expect(predictor(2, { predictor_pos_embed: [1, 1568, 384] })).toBeUndefined();
    expect(modelVersion(shapes({ 'linear.weight': [174, 1024] }))).toBeUndefined();
  });
});
