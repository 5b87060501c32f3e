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
    const ofBoth = ['2 ViT-H/16', '2 ViT-g/16', '2.1 ViT-g/16', '2.1 ViT-G/16'].flatMap((name) =>
      publishedAnticipation(`V-JEPA ${name}`)
        .filter(({ features }) => features === 'encoder and predictor')
        .map(({ model, resolution, action }) => `${model} ${resolution} ${action}`),
    );
    expect(ofBoth).toEqual([
      ...['V-JEPA 2 ViT-H/16 256 36.5', 'V-JEPA 2 ViT-g/16 256 38', 'V-JEPA 2 ViT-g/16 384 39.7'],
      ...['V-JEPA 2.1 ViT-g/16 384 38.4', 'V-JEPA 2.1 ViT-G/16 384 40.8'],
    ]);
    expect(publishedAnticipation('V-JEPA 2 ViT-g/16', 384)[0]).toMatchObject({ verb: 63.6, noun: 57.1 });
  });
});
