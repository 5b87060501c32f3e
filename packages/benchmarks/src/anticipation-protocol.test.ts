import { describe, expect, it } from 'vitest';
import { publishedAnticipation } from './index.js';

describe('publishedAnticipation', () => {
  it('is the papers’ of a model, and of one resolution where that is asked', () => {
    expect(publishedAnticipation('V-JEPA 2 ViT-L/16').map(({ action }) => action)).toEqual([32.7]);
    const both = publishedAnticipation('V-JEPA 2 ViT-g/16', 384);
    expect(both.map(({ features, action }) => [features, action])).toEqual([
      ['encoder and predictor', 39.7],
      ['encoder', 39.1],
      ['predictor', 20.2],
    ]);
    expect(publishedAnticipation('V-JEPA 2 ViT-g/16')).toHaveLength(4);
    expect(publishedAnticipation('V-JEPA ViT-L/16')).toEqual([]);
  });
});
