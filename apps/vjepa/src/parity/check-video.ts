import { join } from 'node:path';
import {
  createClipBuffer,
  cropResize,
  evaluationTransform,
  noNormalization,
  openVideo,
  type RgbFrames,
} from '@vjepa/video';
import { type Comparison, compareMean, compareNumber, compareTensor, tolerance } from './comparison.js';
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
  const names = expected.tensorNames.filter((name) => /^eval_view\d+$/.test(name));
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

interface DecodedManifest {
  videos: {
    file: string;
    frames: number;
    indices: number[];
    height: number;
    width: number;
    average_rate: number;
  }[];
}

export interface DecodingOptions {
  /** Folder of the videos the fixture names. */
  videos: string;
  decoder: 'auto' | 'wasm' | 'native' | 'cli';
}

/** Kind `decoded-frames`: frames by index, every second row and column, rotation not applied. */
export async function checkDecodedFrames(
  fixture: Fixture,
  { videos: folder, decoder }: DecodingOptions,
): Promise<Comparison[]> {
  const { videos } = fixture.manifest as DecodedManifest;
  const expected = await readTensors(fixture);
  const comparisons: Comparison[] = [];
  for (const { file, frames, indices, height, width, average_rate } of videos) {
    const video = await openVideo(join(folder, file), { decoder, rotate: false });
    try {
      comparisons.push(
        compareNumber(`${file} frames`, video.info.frames, frames, tolerance.equal),
        compareNumber(`${file} height`, video.info.height, height, tolerance.equal),
        compareNumber(`${file} width`, video.info.width, width, tolerance.equal),
        compareNumber(`${file} average rate`, video.info.averageRate, average_rate, 1e-3),
      );
      const halved = everySecondPixel(await video.decode(indices));
      comparisons.push(compareMean(`${file} pixels [${indices}]`, halved, expected(file), tolerance.frames));
    } finally {
      await video.close();
    }
  }
  return comparisons;
}

/** [K, ceil(H / 2), ceil(W / 2), 3]: the even rows and columns. */
function everySecondPixel({ data, frames, height, width }: RgbFrames) {
  const shape = [frames, Math.ceil(height / 2), Math.ceil(width / 2), 3];
  const halved = new Uint8Array(shape.reduce((product, size) => product * size, 1));
  let to = 0;
  for (let t = 0; t < frames; t++) {
    for (let y = 0; y < height; y += 2) {
      for (let x = 0; x < width; x += 2) {
        const from = ((t * height + y) * width + x) * 3;
        halved[to++] = data[from]!;
        halved[to++] = data[from + 1]!;
        halved[to++] = data[from + 2]!;
      }
    }
  }
  return { shape, data: halved };
}
