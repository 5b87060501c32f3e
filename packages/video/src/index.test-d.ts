// What compiles against this package: checked with the types, never run.
import { expectTypeOf } from 'vitest';
import { type CentreClip, type ClipBatch, centreClip, createClipLoader, openVideo, type RgbFrames } from './index.js';

const video = await openVideo('clip.mp4', { decoder: undefined, rotate: undefined });
expectTypeOf(video.decode).toBeCallableWith([0, 4, 8]);
expectTypeOf(video.decode).returns.resolves.toEqualTypeOf<RgbFrames>();
// @ts-expect-error: no decoder has that name
await openVideo('clip.mp4', { decoder: 'quicktime' });

const loader = createClipLoader({
  videos: [{ path: 'clip.mp4', label: 0 }],
  clip: { framesPerClip: 16, frameStep: 4 },
  transform: { kind: 'pretraining', size: 224 },
  seed: 0,
});
expectTypeOf(loader.batches([[{ index: 0, epoch: 0, draw: 0 }]])).toExtend<AsyncIterable<ClipBatch>>();
expectTypeOf<ClipBatch['clips']>().toExtend<ArrayLike<number>>();
expectTypeOf(centreClip).returns.resolves.toEqualTypeOf<CentreClip>();
