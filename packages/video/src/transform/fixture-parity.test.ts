import '@vjepa/test-kit/all-close';
import { expect, it } from 'vitest';
import { createClipBuffer } from './clip-buffer.js';
import { cropResize } from './crop-resize.js';
import { evaluationTransform } from './evaluation-transform.js';
import { noNormalization } from './normalization.js';
import { readVideoTransformFixture } from './video-transform.fixture.js';

const { size, box, clip, floats } = readVideoTransformFixture();

it('crop and resize is the reference’s', () => {
  const output = createClipBuffer('float32', clip.frames, size);
  cropResize(clip, box, size, output, { normalization: noNormalization });
  expect(output).toBeAllClose(floats('crop_resize'), { ofLargest: 1e-6 });
});

it('the single evaluation view is the reference’s', () => {
  const output = evaluationTransform(clip, { size }, createClipBuffer('float32', clip.frames, size));
  expect(output).toBeAllClose(floats('eval_single'), { ofLargest: 1e-6 });
});

it('the three evaluation views are the reference’s', () => {
  const output = evaluationTransform(clip, { size, views: 3 }, createClipBuffer('float32', clip.frames, size, 3));
  for (let view = 0; view < 3; view++) {
    const found = output.subarray((view * output.length) / 3, ((view + 1) * output.length) / 3);
    expect(found).toBeAllClose(floats(`eval_view${view}`), { ofLargest: 1e-6 });
  }
});
