import { join } from 'node:path';
import { option, type Sentence, sentence } from '@vjepa/training';
import { type DecoderName, openVideo, type RgbFrames, type Video, VideoError } from '@vjepa/video';
import { type Comparison, compareMean, compareNumber, tolerance } from './comparison.js';
import { type Fixture, type FixtureTensor, readTensors } from './fixture.js';

interface ExpectedVideo {
  file: string;
  frames: number;
  indices: number[];
  height: number;
  width: number;
  average_rate: number;
}

export interface DecodingOptions {
  /** Folder of the videos the fixture names. */
  videos: string | undefined;
  decoder: 'auto' | DecoderName;
  /** Told what is not compared. */
  skip: (what: string | Sentence) => void;
}

/** Kind `decoded-frames`: frames by index, every second row and column, rotation not applied. */
export async function checkDecodedFrames(
  fixture: Fixture,
  { videos: folder, decoder, skip }: DecodingOptions,
): Promise<Comparison[]> {
  if (folder === undefined) {
    skip(sentence`needs the videos it names: ${option('videos')}`);
    return [];
  }
  const { videos } = fixture.manifest as { videos: ExpectedVideo[] };
  const expected = await readTensors(fixture);
  const comparisons: Comparison[] = [];
  for (const settings of videos) {
    try {
      const video = await openVideo(join(folder, settings.file), { decoder, rotate: false });
      comparisons.push(...(await compareVideo(video, settings, expected(settings.file)).finally(() => video.close())));
    } catch (error) {
      if (!(error instanceof VideoError && error.code === 'unsupported-codec')) throw error;
      skip(`${settings.file}: ${error.reason}`);
    }
  }
  return comparisons;
}

async function compareVideo(
  video: Video,
  { file, frames, indices, height, width, average_rate }: ExpectedVideo,
  expected: FixtureTensor,
): Promise<Comparison[]> {
  const { info } = video;
  return [
    compareNumber(`${file} frames`, info.frames, frames, tolerance.equal),
    compareNumber(`${file} height`, info.height, height, tolerance.equal),
    compareNumber(`${file} width`, info.width, width, tolerance.equal),
    compareNumber(`${file} average rate`, info.averageRate, average_rate, 1e-3),
    compareMean(
      `${file} pixels [${indices}]`,
      everySecondPixel(await video.decode(indices)),
      expected,
      tolerance.frames,
    ),
  ];
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
