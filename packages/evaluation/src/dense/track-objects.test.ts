import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadDavis, regionSimilarity, writeLabelMap } from '@vjepa/benchmarks';
import { type Engine, openEngine } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { fixedPointResize, readImage } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import { featureExtractor } from '../features/feature-extractor.js';
import { affinityTracking } from './affinity-tracking.fixture.js';
import { describeTracking } from './describe-dense.js';
import { untrainedEncoder, writeTrackingScenes } from './scenes.fixture.js';
import { type TrackedVideo, type TrackObjectsOptions, trackObjects } from './track-objects.js';

const folder = temporaryFolder('track-objects');
const FRAMES = 8;
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  await writeTrackingScenes(folder, FRAMES);
});

async function tracked(options: Partial<TrackObjectsOptions> = {}) {
  const videos: TrackedVideo[] = [];
  const set = await loadDavis({ root: folder });
  const result = await trackObjects({
    ...{ engine, ...untrainedEncoder(), set, side: 48, radius: 3 },
    onVideo: (video) => void videos.push(video),
    ...options,
  });
  return { result, video: videos[0]! };
}

describe('trackObjects', () => {
  it('hands the first frame’s objects on to where they have moved', async () => {
    const { result, video } = await tracked();
    expect(video.labels).toHaveLength(FRAMES);
    expect(result.perObject.map(({ video, object }) => `${video} ${object}`)).toEqual(['boxes 1', 'boxes 2']);
    // Patches are 4 pixels: a box's edge is at most 2 off, of sides of 12 and 16.
    expect(result.region.mean).toBeGreaterThan(70);
    expect(result.region.recall).toBe(100);
    // Where the objects were at first says nothing of where they are: the red box has left its place.
    const first = video.labels[0]!.labels;
    const last = video.labels.at(-2)!.labels;
    const red = (labels: ArrayLike<number>) => Uint8Array.from(labels, (label) => Number(label === 1));
    expect(regionSimilarity(red(first), red(last))).toBeLessThan(0.05);
  });

  it('has at every pixel what affinities over all patches of all frames give', async () => {
    const settings = { neighbours: 4, lastFrames: 2, radius: 2, temperature: 0.2 };
    const { video: tracks } = await tracked({ side: 32, ...settings });
    const { encoder, parameters } = untrainedEncoder();
    const size = { height: 32, width: 48 };
    const extractor = featureExtractor({ engine, encoder, parameters, size, frames: 1, repeats: 2, batchSize: 1 });
    const features: number[][][] = [];
    for (const frame of tracks.video.frames) {
      const values = await extractor.extract(fixedPointResize(await readImage(frame), size).data, 1);
      const patches = Array.from({ length: extractor.tokens }, (_, i) => {
        return [...values.subarray(i * extractor.width, (i + 1) * extractor.width)];
      });
      features.push(patches);
    }
    const { grid } = extractor;
    extractor.dispose();
    const expected = await affinityTracking(tracks.video, { ...settings, grid, features });
    for (const [i, map] of expected.entries()) {
      const labels = tracks.labels[i + 1]!.labels;
      // Rounding may turn pixels at which two classes are equal.
      expect(map.filter((label, at) => label !== labels[at]).length, `frame ${i + 1}`).toBeLessThan(8);
    }
  });

  it('loses what leaves the radius between frames', async () => {
    const { result } = await tracked({ radius: 0, lastFrames: 0 });
    expect(result.region.mean).toBeLessThan(40);
    expect(result.region.decay).toBeGreaterThan(40);
  });

  it('compares features of the layer that is asked for', async () => {
    const whole = await tracked();
    const { video } = await tracked({ layer: 1 });
    expect(video.labels.map(({ labels }) => labels)).not.toEqual(whole.video.labels.map(({ labels }) => labels));
  });

  it('follows where only the first frame is annotated, and measures nothing', async () => {
    const other = join(folder, 'test-split');
    await writeTrackingScenes(other, 3);
    for (const frame of ['00001', '00002']) rmSync(join(other, `Annotations/480p/boxes/${frame}.png`));
    const { result, video } = await tracked({ set: await loadDavis({ root: other }) });
    expect(video.labels).toHaveLength(3);
    expect([video.results, result.perObject, result.unmeasured]).toEqual([[], [], ['boxes']]);
    expect(describeTracking(result)).toMatch(/^not measured, for fewer than three frames or one annotation: boxes$/);
  });

  it('says what is wrong with a video before it follows another', async () => {
    const other = join(folder, 'unlike');
    await writeTrackingScenes(other, 3);
    const set = await loadDavis({ root: other });
    const [video] = set.videos;
    const blank = { height: 48, width: 72, labels: new Uint8Array(48 * 72) };
    await writeLabelMap(join(other, 'blank.png'), blank);
    const empty = { ...video!, name: 'empty', annotations: [join(other, 'blank.png')] };
    let followed = 0;
    const onVideo = () => void followed++;
    await expect(tracked({ set: { ...set, videos: [video!, empty] }, onVideo })).rejects.toThrow(
      /blank\.png: has no object to follow$/,
    );
    // As many pixels, and another shape.
    await writeLabelMap(video!.annotations[1]!, { ...blank, height: 72, width: 48 });
    await expect(tracked({ set, onVideo })).rejects.toThrow(
      /00001\.png: is 48 x 72, and the first frame's annotation 72 x 48$/,
    );
    expect(followed).toBe(0);
  });

  it('stops when asked to, and refuses options that make no sense', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(tracked({ signal })).rejects.toThrow('enough');
    await expect(tracked({ neighbours: 0 })).rejects.toThrow('`neighbours`');
    await expect(tracked({ temperature: 0 })).rejects.toThrow('`temperature`: expected a number above 0, found 0');
    await expect(tracked({ set: folder as never })).rejects.toThrow('`set`: expected what loadDavis gives');
    await expect(tracked({ side: 1200 })).rejects.toThrow(
      /`side`: frames of 1200 x 1800 have 135000 patches, .* would take 67\.9 GiB, and at most 4 are kept/,
    );
    await expect(tracked({ layer: 3 })).rejects.toThrow('`layers`');
  });
});
