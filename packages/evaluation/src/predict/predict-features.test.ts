import { type Engine, type HostTensor, openEngine } from '@vjepa/engine';
import { futureMask, type MaskPair, targetMask } from '@vjepa/masks';
import { mersenneTwister, stream } from '@vjepa/random';
import { fixture, readFixtureJson, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import '@vjepa/test-kit/all-close';
import {
  encoderConfig,
  initializePredictor,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  predictorConfig,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ParameterValues, readReferenceParameters } from '../checkpoint/reference-parameters.js';
import { type PredictFeaturesOptions, predictFeatures } from './predict-features.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

type Models = Pick<PredictFeaturesOptions, 'encoder' | 'parameters' | 'predictor' | 'predictorParameters'>;

function floats(values: readonly Float32Array[]): number[] {
  return values.flatMap((part) => [...part]);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Row `b` of a recorded mask [B, K]. */
function rowOf({ shape, data }: HostTensor, b: number) {
  const K = shape[1]!;
  return { shape: [1, K] as [number, number], indices: (data as Int32Array).slice(b * K, (b + 1) * K) };
}

/** A normalised clip [3, T, H, W] as the pixels [T, H, W, 3] that it was made of. */
function pixelsOf(clip: Float32Array, [T, H, W]: [number, number, number]): Float32Array {
  const [average, deviation] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  const N = T * H * W;
  return Float32Array.from({ length: 3 * N }, (_, i) => {
    const c = i % 3;
    return 255 * (clip[c * N + Math.floor(i / 3)]! * deviation[c]! + average[c]!);
  });
}

describe('predictFeatures of V-JEPA', () => {
  it('gives the predictions, the targets and the loss of a recorded training step, a mask token for each mask', async () => {
    const { model, steps } = readFixtureJson('pretrain-small/manifest.json');
    const tensors = readFixtureTensors('pretrain-small/tensors.safetensors');
    const keys = ['encoder', 'predictor', 'target_encoder'] as const;
    const stored = await readReferenceParameters(fixture('pretrain-small/initial.pth.tar'), keys);
    const encoder = encoderConfig('vit_tiny', {
      ...{ imageSize: model.crop_size, patchSize: model.patch_size, numFrames: model.num_frames },
      ...{ embedDim: model.embed_dim, depth: model.depth, numHeads: model.num_heads },
    });
    const predictor = predictorConfig(encoder, { embedDim: model.pred_embed_dim, depth: model.pred_depth });
    const clips = tensors['step0.clips']! as HostTensor<Float32Array>;
    const size: [number, number, number] = [model.num_frames, model.crop_size, model.crop_size];
    const length = clips.data.length / 2;

    const losses: number[] = [];
    for (const [m, b] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const mask: MaskPair = {
        context: rowOf(tensors[`step0.mask_context.${m}`]!, b),
        target: rowOf(tensors[`step0.mask_target.${m}`]!, b),
      };
      const predicted = await predictFeatures({
        ...{ engine, encoder, predictor, mask },
        parameters: stored.encoder,
        predictorParameters: stored.predictor,
        target: { encoder, parameters: stored.target_encoder },
        clips: { shape: [1, ...size, 3], data: pixelsOf(clips.data.subarray(b * length, (b + 1) * length), size) },
        maskIndex: m,
        keepFeatures: true,
      });
      const [{ distance, predictions, targets }] = predicted.clips as [(typeof predicted.clips)[number]];
      const recorded = tensors[`step0.prediction.${m}`]!.data as Float32Array;
      const half = recorded.length / 2;
      expect(predictions!).toBeAllClose(recorded.subarray(b * half, (b + 1) * half), { ofLargest: 1e-4 });
      const { data: h } = tensors['step0.target']!;
      const N = h.length / 2 / model.embed_dim;
      const wanted = [...mask.target.indices].map((token) =>
        (h as Float32Array).subarray((b * N + token) * model.embed_dim, (b * N + token + 1) * model.embed_dim),
      );
      expect(targets!).toBeAllClose(floats(wanted), { ofLargest: 1e-4 });
      losses.push(mean([...distance]));
    }
    expect(mean(losses)).toBeAllClose(steps[0].loss, { rtol: 1e-5 });
  });

  it('refuses clips of which its table of positions does not tell', async () => {
    const encoder = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 4, depth: 1 });
    const predictor = predictorConfig(encoder, { embedDim: 24, depth: 1 });
    const random = mersenneTwister(0);
    const options = {
      ...{ engine, encoder, predictor, parameters: {} },
      predictorParameters: initializePredictor(predictor, random),
      mask: futureMask({ depth: 4, height: 2, width: 2 }, 1),
      clips: { shape: [1, 8, 32, 32, 3], data: new Uint8Array(8 * 32 * 32 * 3) },
    };
    await expect(predictFeatures(options)).rejects.toThrow(
      '`predictor`: has the positions of 2 x 2 x 2 tokens in a table, and the clips have 4 x 2 x 2',
    );
  });
});

describe('predictFeatures of V-JEPA 2', () => {
  const { model } = readFixtureJson('vjepa2-checkpoint/manifest.json');
  const tensors = readFixtureTensors('vjepa2-checkpoint/tensors.safetensors');
  const encoder = vjepa2EncoderConfig('vit_tiny', {
    ...{ imageSize: model.crop_size, patchSize: model.patch_size, numFrames: model.num_frames },
    ...{ embedDim: model.embed_dim, depth: model.depth, numHeads: model.num_heads, mlpRatio: model.mlp_ratio },
  });
  const predictor = vjepa2PredictorConfig(encoder, {
    ...{ embedDim: model.pred_embed_dim, depth: model.pred_depth, numHeads: model.pred_num_heads },
    numMaskTokens: model.num_mask_tokens,
  });
  const mask: MaskPair = { context: rowOf(tensors.mask_context!, 0), target: rowOf(tensors.mask_target!, 0) };
  const clips = { shape: [1, 8, 32, 32, 3], data: tensors.frames!.data as Uint8Array };
  let models: Models;
  beforeAll(async () => {
    const keys = ['target_encoder', 'predictor'] as const;
    const stored = await readReferenceParameters(fixture('vjepa2-checkpoint/checkpoint.pt'), keys);
    models = { encoder, parameters: stored.target_encoder, predictor, predictorParameters: stored.predictor };
  });
  const predicted = async (change: Partial<PredictFeaturesOptions> = {}) => {
    const { clips: found } = await predictFeatures({ engine, ...models, mask, clips, keepFeatures: true, ...change });
    return found[0]!;
  };

  it("gives the original's prediction by mask token 1, and another by 0", async () => {
    const expected = tensors.prediction!.data as Float32Array;
    expect((await predicted()).predictions!).toBeAllClose(expected, { ofLargest: 1e-4 });
    expect((await predicted({ maskIndex: 0 })).predictions!).not.toBeAllClose(expected, { ofLargest: 1e-3 });
  });

  it('measures the mean distance to the normed features of the whole clip, and theirs from their mean', async () => {
    const { distance, meanDistance, predictions, targets } = await predicted();
    const [D, N] = [20, 64];
    const features = tensors['features.target_encoder']!.data as Float32Array;
    const normed = Array.from({ length: N }, (_, n) => {
      const row = [...features.subarray(n * D, (n + 1) * D)];
      const deviation = Math.sqrt(mean(row.map((value) => (value - mean(row)) ** 2)) + 1e-5);
      return row.map((value) => (value - mean(row)) / deviation);
    });
    const places = [...mask.target.indices];
    expect(targets!).toBeAllClose(
      places.flatMap((token) => normed[token]!),
      { ofLargest: 1e-4 },
    );
    const apart = (k: number, from: (d: number) => number) =>
      mean(Array.from({ length: D }, (_, d) => Math.abs(from(d) - normed[places[k]!]![d]!)));
    const fromPredictions = places.map((_, k) => apart(k, (d) => predictions![k * D + d]!));
    expect(distance).toBeAllClose(fromPredictions, { rtol: 1e-4 });
    const fromMean = places.map((_, k) => apart(k, (d) => mean(normed.map((row) => row[d]!))));
    expect(meanDistance).toBeAllClose(fromMean, { rtol: 1e-4 });
  });

  it('does not depend on the order of the context', async () => {
    const indices = mask.context.indices.toReversed();
    const { predictions } = await predicted({ mask: { ...mask, context: { ...mask.context, indices } } });
    expect(predictions!).toBeAllClose((await predicted()).predictions!, { ofLargest: 1e-5 });
  });

  it('predicts from the context alone: what is at the targets changes nothing but the targets', async () => {
    const before = await predicted();
    const data = clips.data.slice();
    const places = new Set(mask.target.indices);
    for (let i = 0; i < data.length; i++) {
      const [frame, y, x] = [Math.floor(i / 3072), Math.floor(i / 96) % 32, Math.floor(i / 3) % 32];
      const token = (Math.floor(frame / 2) * 4 + Math.floor(y / 8)) * 4 + Math.floor(x / 8);
      if (places.has(token)) data[i] = 255 - data[i]!;
    }
    const after = await predicted({ clips: { ...clips, data } });
    expect(after.predictions!).toBeAllClose(before.predictions!, { ofLargest: 1e-6 });
    expect(after.targets!).not.toBeAllClose(before.targets!, { ofLargest: 0.1 });
  });

  it('places the tokens of a clip that is not square, or as published on the square grid', async () => {
    const wide = { shape: [1, 8, 16, 64, 3], data: clips.data };
    const right = await predicted({ clips: wide });
    const published = await predicted({ clips: wide, positions: 'published' });
    const square = await predicted({ clips: { ...clips, data: clips.data }, positions: 'published' });
    expect(published.predictions!).not.toBeAllClose(right.predictions!, { ofLargest: 0.01 });
    expect(square.predictions!).toBeAllClose((await predicted()).predictions!, { ofLargest: 1e-6 });
  });

  it('names a token that the grid does not have, and as published one beyond the grid of its config', async () => {
    const beyond = { ...mask, target: { shape: [1, 1] as [number, number], indices: Int32Array.of(64) } };
    const expected = '`mask.target`: expected tokens of the grid of 4 x 4 x 4, 0 to 63, found 64';
    await expect(predicted({ mask: beyond })).rejects.toThrow(expected);
    const long = { shape: [1, 16, 32, 32, 3], data: new Uint8Array(16 * 32 * 32 * 3) };
    const last = targetMask({ depth: 8, height: 4, width: 4 }, [64]);
    await expect(predicted({ clips: long, mask: last, positions: 'published' })).rejects.toThrow('0 to 63, found');
    await expect(predicted({ clips: long, mask: last })).resolves.toHaveProperty('distance.length', 1);
  });

  it.each([
    ['a mask token below 0', { maskIndex: -1 }, '`maskIndex`: expected a whole number from 0 on, found -1'],
    [
      'unknown positions',
      { positions: 'square' as 'clip' },
      "`positions`: expected 'clip' or 'published', found \"square\"",
    ],
    [
      'a predictor of V-JEPA',
      { predictor: predictorConfig(encoderConfig('vit_tiny')) },
      '`predictor`: is one of V-JEPA 1, and the encoder of V-JEPA 2; give the two that were trained together',
    ],
    [
      'a predictor of a wider encoder',
      { predictor: { ...predictor, encoderDim: 24 } },
      "`predictor`: takes features 24 wide, and the encoder's are 20 wide",
    ],
    [
      'a predictor of the features of another encoder',
      { predictor: { ...predictor, outputDim: 24 } },
      "`predictor`: predicts features 24 wide, and the encoder's are 20 wide; give the encoder that it predicts, as `target`",
    ],
  ])('refuses %s', async (_, wrong, message) => {
    await expect(predicted(wrong)).rejects.toThrow(message);
  });
});

describe('predictFeatures of V-JEPA 2.1', () => {
  const { model } = readFixtureJson('vjepa21-checkpoint/manifest.json');
  const tensors = readFixtureTensors('vjepa21-checkpoint/tensors.safetensors');
  const sizes = {
    ...{ imageSize: model.crop_size, numFrames: model.num_frames, depth: model.depth },
    ...{ numHeads: model.num_heads, mlpRatio: model.mlp_ratio },
  };
  const encoder = vjepa21EncoderConfig('vit_tiny', { ...sizes, embedDim: model.embed_dim });
  const teacher = vjepa21EncoderConfig('vit_tiny', { ...sizes, embedDim: model.teacher_embed_dim });
  const predictor = vjepa21PredictorConfig(encoder, {
    ...{ embedDim: model.pred_embed_dim, depth: model.pred_depth, numHeads: model.pred_num_heads },
    ...{ numMaskTokens: model.num_mask_tokens, teacherDim: model.teacher_embed_dim },
  });
  let stored: Record<'ema_encoder' | 'predictor', ParameterValues>;
  beforeAll(async () => {
    const keys = ['ema_encoder', 'predictor'] as const;
    stored = await readReferenceParameters(fixture('vjepa21-checkpoint/checkpoint.pt'), keys);
  });

  it.each(['image', 'video'])(
    "gives the original's predictions of a distilled model's %s, as trained and as its code for use has it",
    async (modality) => {
      const { shape, data } = tensors[`${modality}.frames`]! as HostTensor<Uint8Array>;
      const options = {
        ...{ engine, encoder, predictor, parameters: stored.ema_encoder, predictorParameters: stored.predictor },
        target: { encoder: teacher, parameters: initializeVjepa2Encoder(teacher, stream([1])) },
        mask: {
          context: rowOf(tensors[`${modality}.mask_context`]!, 0),
          target: rowOf(tensors[`${modality}.mask_target`]!, 0),
        },
        clips: { shape: [1, ...shape], data },
        keepFeatures: true,
      };
      const trained = await predictFeatures(options);
      const recorded = (name: string) => tensors[`${modality}.${name}`]!.data as Float32Array;
      expect(trained.clips[0]!.predictions!).toBeAllClose(recorded('prediction_interpolated'), { ofLargest: 1e-4 });
      const published = await predictFeatures({ ...options, positions: 'published' });
      expect(published.clips[0]!.predictions!).toBeAllClose(recorded('prediction'), { ofLargest: 1e-4 });
      expect(trained.clips[0]!.targets).toHaveLength(model.teacher_embed_dim * options.mask.target.shape[1]);
    },
  );

  it('predicts all four levels, each through a norm of its own', async () => {
    const whole = vjepa21PredictorConfig(encoder, { embedDim: 24, depth: 4, numHeads: 2 });
    const mask = futureMask({ depth: 2, height: 3, width: 3 }, 1);
    const { clips, width } = await predictFeatures({
      ...{ engine, encoder, predictor: whole, mask, parameters: stored.ema_encoder, keepFeatures: true },
      predictorParameters: initializeVjepa2Predictor(whole, stream([2])),
      clips: { shape: [1, 4, 48, 48, 3], data: tensors['video.frames']!.data as Uint8Array },
    });
    expect(width).toBe(4 * model.embed_dim);
    const D = model.embed_dim;
    for (let from = 0; from < clips[0]!.targets!.length; from += D) {
      const level = [...clips[0]!.targets!.subarray(from, from + D)];
      expect(mean(level)).toBeCloseTo(0, 4);
    }
  });
});
