import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { convertCheckpoint, inspectCheckpoint, readSafetensors, writeTorchCheckpoint } from '@vjepa/checkpoints';
import { type Engine, type HostTensor, openEngine } from '@vjepa/engine';
import { clipFeatures } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import '@vjepa/test-kit/all-close';
import { fixture } from '@vjepa/test-kit/fixtures';
import { swapFramesAndChannels } from '@vjepa/test-kit/swap-axes';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import {
  type ClipEncoder,
  clipEncoderConfig,
  encoderConfig,
  encoderParameterShapes,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  type ParameterShapes,
  type Parameters,
  positionTable,
  predictorConfig,
  predictorParameterShapes,
  type Vjepa2EncoderConfig,
  vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { parametersDigest } from '../evaluate/feature-cache.js';
import { loadEncoder } from './load-encoder.js';
import { loadPredictor } from './load-predictor.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

const folder = temporaryFolder('vjepa2');
type Model = Record<string, HostTensor>;

/** A file as the original writes it, with the tables that its released files carry. */
async function written(name: string, models: Record<string, Model>): Promise<string> {
  const path = join(folder, `${name}.pt`);
  const wrapped = Object.entries(models).map(([key, tensors]) => {
    return [
      key,
      new Map(Object.entries(tensors).map(([leaf, tensor]) => [`module.backbone.${leaf}`, tensor])),
    ] as const;
  });
  await writeTorchCheckpoint(path, { ...Object.fromEntries(wrapped), epoch: 1 });
  return path;
}

/** Features of normalised clips, [B, N, D], in float32. */
async function featuresOf(encoder: ClipEncoder, parameters: Model, clip: HostTensor): Promise<number[]> {
  const step = (state: { encoder: Parameters }, inputs: { clip: tf.Tensor }) => {
    const features = clipFeatures(encoder, state.encoder, inputs.clip, { normalizedClips: true });
    return { state: {}, outputs: { features } };
  };
  const run = engine.bind(step, { encoder: parameters });
  const { features } = await run({ clip });
  run.dispose();
  return [...(features.data as Float32Array)];
}

describe('files as the original writes them', () => {
  it('V-JEPA 2: the target encoder gives the recorded features, its unread table is named once', async () => {
    const { clip, 'features.target_encoder': expected } = await readSafetensors(
      fixture('vjepa2-checkpoint/tensors.safetensors'),
    );
    const loaded = await loadEncoder(fixture('vjepa2-checkpoint/checkpoint.pt'), undefined, {
      version: '2',
      numHeads: 1,
    });
    expect(loaded.encoder).toMatchObject({ version: '2', embedDim: 20, depth: 2, patchSize: 8, normLayers: [] });
    expect(loaded.notes.filter((note) => note.includes('pos_embed is not read'))).toHaveLength(1);
    const found = await featuresOf(loaded.encoder, loaded.parameters, clip as HostTensor);
    expect(found).toBeAllClose([...(expected!.data as Float32Array)], { atol: 1e-4, rtol: 1e-4 });
  });

  it('V-JEPA 2.1: the average of a distilled model gives the recorded features of pictures and videos', async () => {
    const path = fixture('vjepa21-checkpoint/checkpoint.pt');
    const recorded = await readSafetensors(fixture('vjepa21-checkpoint/tensors.safetensors'));
    const { encoder, parameters } = await loadEncoder(path, undefined, { numHeads: 1 });
    expect(encoder).toMatchObject({
      version: '2.1',
      embedDim: 16,
      depth: 12,
      normLayers: [2, 5, 8, 11],
      rotarySide: 16,
    });
    for (const kind of ['video', 'image']) {
      const found = await featuresOf(encoder, parameters, recorded[`${kind}.clip`] as HostTensor);
      expect(found).toBeAllClose([...(recorded[`${kind}.features`]!.data as Float32Array)], { atol: 1e-4, rtol: 1e-4 });
    }
    const { predictor } = await loadPredictor(path, encoder, { numHeads: 1 });
    expect(predictor).toMatchObject({
      version: '2.1',
      levels: 1,
      outputDim: 24,
      numMaskTokens: 8,
      depth: 4,
      rotarySide: 16,
    });
  });

  it('Hugging Face’s folder: sizes and heads are the config’s, features are transformers’', async () => {
    const recorded = await readSafetensors(fixture('hf-vjepa2/tensors.safetensors'));
    const { encoder, parameters, notes } = await loadEncoder(fixture('hf-vjepa2/model'));
    expect(encoder).toEqual(
      vjepa2EncoderConfig('vit_tiny', {
        ...{ imageSize: 32, patchSize: 8, numFrames: 8, embedDim: 24, depth: 3, numHeads: 2 },
      }),
    );
    expect(notes).toEqual([]);
    const { shape, data } = recorded.pixel_values_videos!; // [B, T, 3, H, W]
    const clip = swapFramesAndChannels({ shape, data: data as Float32Array });
    const found = await featuresOf(encoder, parameters, clip);
    expect(found).toBeAllClose([...(recorded.last_hidden_state!.data as Float32Array)], { atol: 1e-4, rtol: 1e-4 });
    const { predictor } = await loadPredictor(fixture('hf-vjepa2/model'), encoder);
    expect(predictor).toMatchObject({ version: '2', embedDim: 32, numHeads: 2, depth: 2, numMaskTokens: 4 });
    // The weights named by themselves are the folder's.
    expect((await loadEncoder(fixture('hf-vjepa2/model/model.safetensors'))).encoder).toEqual(encoder);
    await expect(loadEncoder(fixture('hf-vjepa2/model'), undefined, { numHeads: 3 })).rejects.toThrow(
      /2 heads; expected 3/,
    );
  });
});

// scripts/random-vjepa2.mjs does the same with models of full size.
it('a model in the original layout and the same in Hugging Face’s load to equal parameters and equal features', async () => {
  const sizes = { depth: 3, embedDim: 96, numHeads: 3, imageSize: 32, numFrames: 4 };
  const drawn = vjepa2EncoderConfig('vit_large', sizes);
  const predictor = vjepa2PredictorConfig(drawn, { depth: 1 });
  const original = await written('both', {
    encoder: {
      ...initializeVjepa2Encoder(drawn, mersenneTwister(2)),
      pos_embed: { shape: [1, 8, 96], data: new Float32Array(768) },
    },
    predictor: initializeVjepa2Predictor(predictor, mersenneTwister(3)),
  });
  const theirs = join(folder, 'both');
  await convertCheckpoint(original, theirs, {
    names: 'hugging-face',
    huggingFace: { numHeads: 3, imageSize: 32, numFrames: 4 },
  });
  const [left, right] = [await loadEncoder(original, drawn), await loadEncoder(theirs)];
  expect([right.encoder, right.notes]).toEqual([drawn, []]);
  expect(parametersDigest(right.parameters)).toBe(parametersDigest(left.parameters));
  const predictors = [await loadPredictor(original, drawn), await loadPredictor(theirs, drawn)];
  expect(predictors.map((loaded) => loaded.predictor)).toEqual([predictor, predictor]);
  const [digest, other] = predictors.map((loaded) => parametersDigest(loaded.parameters));
  expect(other).toBe(digest);
  const clip = { shape: [1, 3, 4, 32, 32], data: Float32Array.from({ length: 12288 }, (_, i) => Math.sin(i)) };
  const features = await featuresOf(left.encoder, left.parameters, clip);
  expect(features.slice(0, 96)).not.toEqual(features.slice(96, 192));
  expect(await featuresOf(right.encoder, right.parameters, clip)).toEqual(features);
});

// ---- Which V-JEPA a file is of -------------------------------------------------------------------------------------

const SIZES = { depth: 2, embedDim: 192, numHeads: 3 };
const SECOND = vjepa2EncoderConfig('vit_tiny', SIZES);
const second = zeros(vjepa2EncoderParameterShapes(SECOND));
/** As the released files carry it: of 64 frames of 256 x 256 where nothing else is said. */
const table = (numFrames = 64, imageSize = 256) => {
  const config = encoderConfig('vit_tiny', { ...SIZES, numFrames, imageSize });
  const values = positionTable(config).data;
  return { pos_embed: { shape: [1, values.length / 192, 192], data: values } };
};
const predictorOf = (numMaskTokens: number) => {
  const config = predictorConfig(encoderConfig('vit_tiny', { ...SIZES, imageSize: 32, numFrames: 4 }), {
    ...{ depth: 1, numMaskTokens },
  });
  return zeros(predictorParameterShapes(config));
};

describe('an encoder with a position table, which V-JEPA reads and V-JEPA 2 does not', () => {
  it.each([
    ['2', 'beside a predictor of 10 mask tokens', { ...second, ...table(4, 32) }, 10, /has 10 mask tokens/],
    ['2', 'for 64 frames of 384 x 384', { ...second, ...table(64, 384) }, 2, /for 64 frames of 384 x 384/],
    ['1', 'for 16 frames of 224 x 224', { ...second, ...table(16, 224) }, 2, /for 16 frames of 224 x 224/],
    ['1', 'that nothing tells from V-JEPA 2', { ...second, ...table(4, 32) }, 2, /may carry unread; if it is one of/],
  ] as const)('is one of V-JEPA %s %s, and a note says why', async (version, name, encoder, maskTokens, ground) => {
    const path = await written(name, { encoder, predictor: predictorOf(maskTokens) });
    const loaded = await loadEncoder(path);
    expect('version' in loaded.encoder ? loaded.encoder.version : '1').toBe(version);
    expect(loaded.notes[0]).toMatch(ground);
    // What an inspection calls it is the same, or open where nothing tells.
    const { models } = await inspectCheckpoint(path);
    expect(models.map((model) => model.version)).toEqual(
      Array(2).fill(ground.source.includes('unread') ? undefined : version === '1' ? 'V-JEPA' : 'V-JEPA 2'),
    );
    // Who says so has it otherwise, without a word.
    const other = version === '1' ? '2' : '1';
    const said = await loadEncoder(path, undefined, { version: other });
    expect('version' in said.encoder ? said.encoder.version : '1').toBe(other);
    expect(said.notes.filter((note) => note.includes('read as'))).toEqual([]);
  });

  it('is refused where the table is none of V-JEPA’s either, until a model is named', async () => {
    const path = await written('open', {
      encoder: { ...second, pos_embed: { shape: [1, 9, 192], data: new Float32Array(1728) } },
    });
    await expect(loadEncoder(path)).rejects.toThrow(
      /a position table for 9 tokens that is none of V-JEPA's, .* nothing tells which of the two it is of; name its model$/,
    );
    expect((await loadEncoder(path, SECOND)).encoder).toEqual(SECOND);
    expect((await loadEncoder(path, undefined, { version: '1' })).encoder).toMatchObject({
      imageSize: 48,
      numFrames: 2,
    });
  });

  it('keeps the clip that its table was made for, and has the published one where it has none', async () => {
    const path = await written('clip', { encoder: { ...second, ...table(8, 96) } });
    expect((await loadEncoder(path, undefined, { version: '2' })).encoder).toMatchObject({
      numFrames: 8,
      imageSize: 96,
    });
    const bare = await written('bare', { encoder: second });
    expect((await loadEncoder(bare)).encoder).toEqual(SECOND);
  });

  it('of a giant has its 22 heads, of a gigantic one 26', async () => {
    for (const [name, numHeads] of [
      ['vjepa2_vit_giant_xformers', 22],
      ['vjepa2_vit_gigantic_xformers', 26],
    ] as const) {
      const small = { ...(clipEncoderConfig(name) as Vjepa2EncoderConfig), depth: 1 };
      const path = await written(name, { encoder: zeros(vjepa2EncoderParameterShapes(small)) });
      expect((await loadEncoder(path)).encoder).toEqual({ ...small, numHeads });
    }
  });
});

/** Parameters of no further interest. */
function zeros(shapes: ParameterShapes): Model {
  return Object.fromEntries(
    Array.from(shapes, ([name, shape]) => {
      return [name, { shape, data: new Float32Array(shape.reduce((size, length) => size * length, 1)) }];
    }),
  );
}

// ---- Wrong pairs ---------------------------------------------------------------------------------------------------

describe('what does not fit is one error, which says what the file is and what to ask for', () => {
  const SECOND_TINY = vjepa2EncoderConfig('vit_tiny');
  const LATEST = vjepa21EncoderConfig('vit_tiny');
  let files: Record<'first' | 'second' | 'latest' | 'probe', string>;
  beforeAll(async () => {
    const first = encoderConfig('vit_tiny', { numFrames: 16, imageSize: 224 });
    files = {
      first: await written('pair-1', {
        target_encoder: {
          ...zeros(encoderParameterShapes(first)),
          pos_embed: { shape: [1, 1568, 192], data: positionTable(first).data },
        },
      }),
      second: await written('pair-2', {
        encoder: { ...zeros(vjepa2EncoderParameterShapes(SECOND_TINY)), ...table() },
        predictor: zeros(vjepa2PredictorParameterShapes(vjepa2PredictorConfig(SECOND_TINY))),
      }),
      latest: await written('pair-2.1', {
        ema_encoder: zeros(vjepa2EncoderParameterShapes(LATEST)),
        predictor: zeros(vjepa2PredictorParameterShapes(vjepa21PredictorConfig(LATEST, { depth: 4 }))),
      }),
      probe: fixture('probe-small/probe.pth.tar'),
    };
  });

  const refusal = async (loading: Promise<unknown>) => {
    const { name, message } = await loading.then(
      () => ({ name: 'none', message: 'was loaded' }),
      (error: Error) => error,
    );
    expect([name, message.split('\n').length]).toEqual(['InputError', 1]);
    return message;
  };

  it.each([
    [
      'latest',
      'vjepa2_vit_tiny',
      /an encoder of V-JEPA 2\.1, vjepa2_1_vit_tiny .*: it has an embedding of pictures or norms .*expected one of V-JEPA 2\. Ask for `model: 'vjepa2_1_vit_tiny'`, or for none$/,
    ],
    [
      'second',
      'vjepa2_1_vit_tiny',
      /an encoder of V-JEPA 2, vjepa2_vit_tiny .*expected one of V-JEPA 2\.1\. Ask for `model: 'vjepa2_vit_tiny'`/,
    ],
    [
      'second',
      'vit_tiny',
      /an encoder of V-JEPA 2, .* no position table; expected one of V-JEPA\. Ask for `model: 'vjepa2_vit_tiny'`/,
    ],
    [
      'first',
      'vjepa2_vit_tiny',
      /an encoder of V-JEPA, .*for 16 frames of 224 x 224; expected one of V-JEPA 2\. Ask for `model: 'vit_tiny'`, or for none$/,
    ],
    ['second', 'vjepa2_vit_large', /12 blocks of width 192; vjepa2_vit_large has 24 of width 1024\. Name the model/],
    [
      'probe',
      'vjepa2_vit_large',
      /the file is no encoder: it holds V-JEPA attentive probe of depth 1.*name the encoder's own file or key; this is for `loadProbe`/,
    ],
  ] as const)('%s as %s', async (file, model, message) => {
    expect(await refusal(loadEncoder(files[file], model))).toMatch(message);
    if (file === 'probe') return;
    expect(await refusal(loadEncoder(files[file], clipEncoderConfig(model)))).toMatch(message);
  });

  it('an encoder as predictor, and a predictor as encoder', async () => {
    expect(await refusal(loadPredictor(files.second, SECOND_TINY, { key: 'encoder' }))).toMatch(
      /'encoder' is no predictor: it holds V-JEPA 2 ViT-Ti\/16; name the predictor's own file or key; this is for `loadEncoder`/,
    );
    expect(await refusal(loadPredictor(files.first, SECOND_TINY))).toMatch(
      /the file is no predictor: it holds .*ViT-Ti/,
    );
    expect(await refusal(loadEncoder(files.second, undefined, { key: 'predictor' }))).toMatch(
      /'predictor' is no encoder/,
    );
    const usual = zeros(vjepa2PredictorParameterShapes(vjepa2PredictorConfig(SECOND_TINY)));
    const actions = { 'action_encoder.weight': { shape: [384, 7], data: new Float32Array(384 * 7) } };
    const robot = await written('robot', { predictor: { ...usual, ...actions } });
    expect(await refusal(loadPredictor(robot, SECOND_TINY))).toMatch(
      /'predictor' is no predictor: it holds V-JEPA 2 action-conditioned predictor of 12 blocks; name the predictor's own file or key$/,
    );
  });

  it('a predictor of another encoder', async () => {
    const small = vjepa2EncoderConfig('vit_small');
    expect(await refusal(loadPredictor(files.second, small))).toMatch(
      /takes tokens 192 wide, the encoder's are 384 wide; name the file of the predictor that was trained with this/,
    );
    expect(await refusal(loadPredictor(files.latest, SECOND_TINY))).toMatch(
      /is one of V-JEPA 2\.1, the encoder of V-JEPA 2;/,
    );
    expect(await refusal(loadPredictor(files.second, LATEST))).toMatch(
      /is one of V-JEPA.* 2, the encoder of V-JEPA 2\.1;/,
    );
  });

  it('every name that is missing, unexpected or misshaped is listed', async () => {
    const { 'norm.bias': bias, ...rest } = zeros(vjepa2EncoderParameterShapes(SECOND_TINY));
    const path = await written('odd', {
      encoder: { ...rest, 'blocks.0.ls1.gamma': bias!, 'norm.weight': { shape: [191], data: new Float32Array(191) } },
    });
    await expect(loadEncoder(path, SECOND_TINY)).rejects.toThrow(
      /does not fit .* 3 places:\s+missing norm\.bias\s+unexpected blocks\.0\.ls1\.gamma\s+norm\.weight has shape \[191\], expected \[192\]/,
    );
  });
});
