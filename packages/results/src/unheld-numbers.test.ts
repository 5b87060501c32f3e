import { describe, expect, it } from 'vitest';
import { unheldNumbers } from './unheld-numbers.js';

describe('unheldNumbers', () => {
  const results = [{ cells: [{ top1: 61.24, share: 0.1 }, { top1: 40 }], text: '77.7' }];

  it('finds measured numbers that no result holds', () => {
    expect(unheldNumbers('It is 61.2 ± 0.4, before 39.9; +40 points, 96 %.', results)).toEqual(['0.4', '39.9', '96']);
    expect(unheldNumbers('From 61.3 to 77.7.', results)).toEqual(['61.3', '77.7']);
  });

  it('takes numbers at the precision in which they are written, and shares as per cent', () => {
    expect(unheldNumbers('61.24, 61.2, −61.2, 61 %, 40.0 with 10 % of the labels', results)).toEqual([]);
    expect(unheldNumbers('61.25', results)).toEqual(['61.25']);
  });

  it('passes over what is no measured number', () => {
    const text = [
      'V-JEPA 2 has 16 frames of 224 x 224 (section 4.1.2, `lr 0.5`, v0.3.1).',
      '```\n9.9\n```',
      '[a page](https://x.org/7.7) <!-- 5.5 --> <img src="8.8">',
    ];
    expect(unheldNumbers(text.join('\n'), [])).toEqual([]);
  });
});
