import { createClipBuffer, cropResize, evaluationTransform, noNormalization, type RgbFrames } from '@vjepa/video';
import { type Comparison, compareTensor, tolerance } from './comparison.js';
import { type Fixture, type FixtureTensors, readTensors } from './fixture.js';

interface TransformManifest {
  crop_size: number;
  box: { top: number; left: number; height: number; width: number };
}

/** Kind `video-transform`: the resized crop of pretraining and the views of evaluation, on given frames. */
export async function checkVideoTransform(fixture: Fixture): Promise<Comparison[]> {
  const { crop_size: size, box } = fixture.manifest as TransformManifest;
  const expected = await readTensors(fixture);
  const clip = framesOf(expected);
  const shape = [3, clip.frames, size, size];
  const buffer = (views = 1) => createClipBuffer('float32', clip.frames, size, views);

  const crop = cropResize(clip, box, size, buffer(), { normalization: noNormalization });
  const single = evaluationTransform(clip, { size }, buffer());
  const comparisons = [
    compareTensor('crop_resize', { shape, data: crop }, expected('crop_resize'), tolerance.forward),
    compareTensor('eval_single', { shape, data: single }, expected('eval_single'), tolerance.forward),
  ];
  const names = expected.startingWith('eval_view').flatMap(([name, rest]) => (/^\d+$/.test(rest) ? [name] : []));
  const views = evaluationTransform(clip, { size, views: names.length }, buffer(names.length));
  const length = views.length / names.length;
  for (let view = 0; view < names.length; view++) {
    const data = views.subarray(view * length, (view + 1) * length);
    comparisons.push(
      compareTensor(`eval_view${view}`, { shape, data }, expected(`eval_view${view}`), tolerance.forward),
    );
  }
  return comparisons;
}

function framesOf(tensors: FixtureTensors): RgbFrames {
  const { shape, data } = tensors('frames');
  const [frames, height, width] = shape as [number, number, number];
  return { data: data as Uint8Array, frames, height, width };
}
