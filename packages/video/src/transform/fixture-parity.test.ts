import { expect, it } from 'vitest';
import { createClipBuffer } from './clip-buffer.js';
import { cropResize } from './crop-resize.js';
import { evaluationTransform } from './evaluation-transform.js';
import { noNormalization } from './normalization.js';
import { readVideoTransformFixture, relativeDifference } from './video-transform.fixture.js';

const { size, box, clip, floats } = readVideoTransformFixture();

it('crop and resize is the reference’s', () => {
  const output = createClipBuffer('float32', clip.frames, size);
  cropResize(clip, box, size, output, { normalization: noNormalization });
  expect(relativeDifference(output, floats('crop_resize'))).toBeLessThan(1e-6);
});

it('the single evaluation view is the reference’s', () => {
  const output = evaluationTransform(clip, { size }, createClipBuffer('float32', clip.frames, size));
  expect(relativeDifference(output, floats('eval_single'))).toBeLessThan(1e-6);
});

it('the three evaluation views are the reference’s', () => {
  const output = evaluationTransform(clip, { size, views: 3 }, createClipBuffer('float32', clip.frames, size, 3));
  for (let view = 0; view < 3; view++) {
    const found = output.subarray((view * output.length) / 3, ((view + 1) * output.length) / 3);
    expect(relativeDifference(found, floats(`eval_view${view}`))).toBeLessThan(1e-6);
  }
});
