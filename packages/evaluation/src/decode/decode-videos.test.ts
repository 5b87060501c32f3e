import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { tokenCount } from '@vjepa/masks';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunLog } from '@vjepa/training';
import {
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { predictFeatures } from '../predict/predict-features.js';
import { type DecodedVideos, type DecodeVideosOptions, decodeVideos } from './decode-videos.js';
import { patchPlaces, peakSignalToNoise, squaredError, withPixels } from './decoded-pixels.js';
import { colorfulVideos, smallDecoderPlan, untrainedModels } from './decoder.fixture.js';
import { loadPixelDecoder, type PixelDecoder } from './pixel-decoder-file.js';
import { pixelSampler } from './pixel-sampler.js';
import { trainDecoder } from './train-decoder.js';

const out = temporaryFolder('decode-videos');
const models = untrainedModels();
let engine: Engine;
let files: { path: string; name: string }[];
let pixelDecoder: PixelDecoder;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  files = await colorfulVideos(join(out, 'videos'));
  // Of the target encoder's features: what an untrained predictor says holds next to nothing.
  const plan = smallDecoderPlan(join(out, 'videos'), {
    ...{ features: 'targets', masks: ['large-blocks'] },
    training: { epochs: 40, batchSize: 6, clipsPerVideo: 4, learningRate: 2e-3, momentum: 0.98, cropScale: 1 },
  });
  const folder = join(out, 'decoder');
  const outcome = await trainDecoder({ plan, models, engine, folder, log: createRunLog({ print: () => {} }) });
  pixelDecoder = await loadPixelDecoder(outcome.stopped ? '' : outcome.decoder);
}, 1_800_000);

const decode = (more: Partial<DecodeVideosOptions> = {}) =>
  decodeVideos({ ...models, engine, files, pixelDecoder, decoder: 'wasm', samples: 2, ...more });

describe('decodeVideos', { timeout: 600_000 }, () => {
  let found: DecodedVideos;

  it('makes out of the features of what is hidden its pixels, far better than a mean colour', async () => {
    found = await decode();
    expect(found.videos.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
    for (const { quality } of found.videos) expect(quality.fromTargets).toBeGreaterThan(quality.meanColor + 6);
    const mean = found.videos.reduce((sum, { quality }) => sum + quality.fromTargets - quality.meanColor, 0) / 6;
    expect(mean).toBeGreaterThan(9);
  });

  it('goes by the features: with those of another video it shows another video', async () => {
    const { grid, mask } = found;
    const places = patchPlaces(pixelDecoder.config, mask.target);
    const sampler = pixelSampler({ engine, decoder: pixelDecoder, places: mask.target, steps: 32, seed: 0 });
    const pixels = (name: string) => found.videos.find((video) => video.name === name)!.clip;
    const [own, other] = [pixels('0.mp4'), pixels('1.mp4')];
    const clips = { shape: [1, 4, 32, 32, 3], data: own };
    const predicted = await predictFeatures({ ...models, engine, mask, clips, keepFeatures: true });
    const [patches] = await sampler.sample([predicted.clips[0]!.targets!], [0]);
    sampler.dispose();
    // The mean colour and the places of the one, the features of the other.
    const drawn = withPixels(other, places, patches!);
    const like = (clip: Uint8Array) => peakSignalToNoise(squaredError(drawn, clip, places));
    expect(tokenCount(grid)).toBe(32);
    expect(like(own)).toBeGreaterThan(like(other) + 6);
  });

  it('leaves what is seen as it is', () => {
    const { videos, mask } = found;
    const hidden = new Set(patchPlaces(pixelDecoder.config, mask.target));
    const { clip, samples, fromTargets } = videos[0]!;
    for (const decoded of [...samples, fromTargets]) {
      expect(decoded.every((value, i) => hidden.has(i) || value === clip[i])).toBe(true);
    }
  });

  it('draws the same samples from the same seed, and others from another', async () => {
    const first = files.slice(0, 1);
    const mask = found.mask;
    const [again, other] = [await decode({ files: first }), await decode({ files: first, seed: 1, mask })];
    expect(again.videos[0]).toEqual(found.videos[0]);
    expect(other.videos[0]!.samples[0]).not.toEqual(found.videos[0]!.samples[0]);
    expect(found.videos[0]!.samples[1]).not.toEqual(found.videos[0]!.samples[0]);
    expect(found.videos[0]!.quality.deviation).toBeGreaterThan(0);
  });

  it('leaves out what it cannot read', async () => {
    const { videos, leftOut } = await decode({ files: [{ path: 'absent.mp4', name: 'absent.mp4' }, files[0]!] });
    expect(videos).toHaveLength(1);
    expect(leftOut).toMatchObject([{ name: 'absent.mp4' }]);
  });

  it('refuses a decoder of another model, by what is another', async () => {
    await expect(decode({ ...untrainedModels(5) })).rejects.toThrow(
      /^`pixelDecoder`: decodes features of another model: it was trained on other weights \(encoder, predictor\); name the checkpoint/,
    );
    const encoder = { ...models.encoder, patchSize: 16 };
    await expect(decode({ encoder })).rejects.toThrow(/pixels of a patch: 8, of the models here 16/);
    const size = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 64, depth: 1, numHeads: 4 };
    const second = vjepa2EncoderConfig('vit_tiny', size);
    const predictor = vjepa2PredictorConfig(second, { embedDim: 24, depth: 1, numHeads: 2 });
    await expect(decode({ encoder: second, predictor })).rejects.toThrow(
      /width of the features: 48, of the models here 64/,
    );
  });

  it.each([
    ['files', [], 'there are none'],
    ['samples', 0, 'a whole number of at least 1'],
    ['steps', 1.5, 'a whole number of at least 1'],
    ['seed', -1, 'a whole number from 0 on'],
    ['pixelDecoder', 'decoder.safetensors', 'what loadPixelDecoder gives'],
  ])('refuses `%s` %j', async (name, value, expected) => {
    await expect(decode({ [name]: value })).rejects.toThrow(new RegExp(`^\`${name}\`.*${expected}`));
  });
});

/** Untrained models of V-JEPA 2, of 2.1 with four levels, and of a distilled one of 2.1, whose targets are a teacher's. */
function secondModels() {
  const size = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 48, depth: 4, numHeads: 3 };
  const sizes = { embedDim: 24, depth: 1, numHeads: 2 };
  const levels = { ...size, normLayers: [0, 1, 2, 3] };
  const [second, third] = [vjepa2EncoderConfig('vit_tiny', size), vjepa21EncoderConfig('vit_tiny', levels)];
  const teacher = vjepa21EncoderConfig('vit_tiny', { ...levels, embedDim: 60 });
  const random = mersenneTwister(3);
  const drawn = (encoder: typeof second, predictor: ReturnType<typeof vjepa2PredictorConfig>) => ({
    ...{ encoder, parameters: initializeVjepa2Encoder(encoder, random) },
    ...{ predictor, predictorParameters: initializeVjepa2Predictor(predictor, random), notes: [] },
  });
  return {
    '2': drawn(second, vjepa2PredictorConfig(second, sizes)),
    '2.1': drawn(third, vjepa21PredictorConfig(third, sizes)),
    '2.1, distilled,': {
      ...drawn(third, vjepa21PredictorConfig(third, { ...sizes, teacherDim: 60 })),
      target: { encoder: teacher, parameters: initializeVjepa2Encoder(teacher, random) },
    },
  };
}

describe('a decoder of V-JEPA', { timeout: 600_000 }, () => {
  it.each([
    ['2', 'predictions', 48],
    ['2.1', 'predictions', 192],
    ['2.1', 'targets', 192],
    ['2.1, distilled,', 'predictions', 60],
    ['2.1, distilled,', 'targets', 60],
  ] as const)("%s is trained on the model's %s, and decodes features %i wide", async (version, features, width) => {
    const second = secondModels()[version];
    const plan = smallDecoderPlan(join(out, 'videos'), {
      ...{ encoder: second.encoder, features, masks: ['blocks', 'future'] },
      training: { epochs: 1, batchSize: 6 },
    });
    const folder = join(out, `${version} ${features}`);
    const told = { plan, models: second, engine, folder, log: createRunLog({ print: () => {} }) };
    const outcome = await trainDecoder(told);
    const decoder = await loadPixelDecoder(outcome.stopped ? '' : outcome.decoder);
    expect(decoder.config.featureDim).toBe(width);
    const asked = { ...second, files: files.slice(0, 1), pixelDecoder: decoder, steps: 2 };
    for (const mask of ['large-blocks', 'future'] as const) {
      const { videos } = await decode({ ...asked, mask });
      for (const value of Object.values(videos[0]!.quality)) expect(value).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('peakSignalToNoise', () => {
  it('is a number where nothing differs: that of rounding to whole numbers', () => {
    expect(peakSignalToNoise(0)).toBeCloseTo(58.92, 2);
    expect(peakSignalToNoise(255 ** 2 / 100)).toBeCloseTo(20, 10);
  });
});
