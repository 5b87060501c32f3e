import * as tf from '@tensorflow/tfjs-core';
import { toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { aggregateSegments, clipFeatures, repeatInTime } from './index.js';

describe('video features', () => {
  beforeAll(() => useBackend('cpu'));
  const image = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 1, embedDim: 12, depth: 1 });
  const frame = (seed: number) =>
    tf.tensor(
      Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i + seed)),
      [2, 3, 1, 32, 32],
    );

  it('of an image model are the frames, one after the other', () => {
    const parameters = toTensors(initializeEncoder(image, mersenneTwister(2)));
    const clip = tf.concat([frame(0), frame(1), frame(2)], 2);
    const features = clipFeatures(image, parameters, clip, { normalizedClips: true });
    expect(features.shape).toEqual([2, 3 * 4, 12]);
    const second = clipFeatures(image, parameters, frame(1), { normalizedClips: true });
    expect(Array.from(tf.slice(features, [0, 4, 0], [2, 4, 12]).dataSync())).toEqual(Array.from(second.dataSync()));
  });

  it('take pixels too', () => {
    const parameters = toTensors(initializeEncoder(image, mersenneTwister(2)));
    expect(clipFeatures(image, parameters, tf.zeros([2, 5, 32, 32, 3])).shape).toEqual([2, 20, 12]);
  });

  it('of several blocks lie side by side', () => {
    const video = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 4, embedDim: 12, depth: 2 });
    const parameters = toTensors(initializeEncoder(video, mersenneTwister(3)));
    const clip = tf.tensor(
      Float32Array.from({ length: 2 * 4 * 32 * 32 * 3 }, (_, i) => (i * 7) % 256),
      [2, 4, 32, 32, 3],
    );
    const both = clipFeatures(video, parameters, clip, { layers: [1, 2] });
    expect(both.shape).toEqual([2, 8, 24]);
    const [first, last] = tf.split(both, 2, 2);
    const alone = clipFeatures(video, parameters, clip, { layers: [1] });
    expect(Array.from(first!.dataSync())).toEqual(Array.from(alone.dataSync()));
    expect(Array.from(last!.dataSync())).toEqual(Array.from(clipFeatures(video, parameters, clip).dataSync()));
    expect(() => clipFeatures(video, parameters, clip, { layers: [3] })).toThrow(/not one of the encoder's blocks/);
  });

  it('of images are those of still clips', () => {
    expect(repeatInTime(tf.zeros([2, 8, 8, 3]), 16).shape).toEqual([2, 16, 8, 8, 3]);
    const still = repeatInTime(tf.reshape(frame(0), [2, 3, 32, 32]), 4, { normalizedClips: true });
    expect(still.shape).toEqual([2, 3, 4, 32, 32]);
    expect(tf.max(tf.abs(tf.sub(still, frame(0)))).dataSync()[0]).toBe(0);
  });

  it('of segments are joined in time, per view, or kept apart', () => {
    const features = [0, 1].map((segment) =>
      [0, 1, 2].map((view) => tf.fill([1, 2, 1], 10 * segment + view) as tf.Tensor3D),
    );
    const joined = aggregateSegments(features, { attendAcrossSegments: true });
    expect(joined.map((x) => Array.from(x.dataSync()))).toEqual([
      [0, 0, 10, 10],
      [1, 1, 11, 11],
      [2, 2, 12, 12],
    ]);
    const apart = aggregateSegments(features, { attendAcrossSegments: false });
    expect(apart.map((x) => x.dataSync()[0])).toEqual([0, 10, 1, 11, 2, 12]);
    expect(() => aggregateSegments([features[0]!, []], { attendAcrossSegments: true })).toThrow(
      'segment 1 has 0 views, segment 0 has 3',
    );
  });
});
