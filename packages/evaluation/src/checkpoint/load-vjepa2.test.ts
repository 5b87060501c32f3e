import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { convertCheckpoint, readSafetensors } from '@vjepa/checkpoints';
import { type Engine, type HostTensor, openEngine } from '@vjepa/engine';
import { clipFeatures } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import '@vjepa/test-kit/all-close';
import { fixture } from '@vjepa/test-kit/fixtures';
import { swapFramesAndChannels } from '@vjepa/test-kit/swap-axes';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import {
  type ClipEncoder,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  type Parameters,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { parametersDigest } from '../evaluate/feature-cache.js';
import { loadEncoder } from './load-encoder.js';
import { loadPredictor } from './load-predictor.js';
import { type StoredModel, writePublished } from './published-models.fixture.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

const folder = temporaryFolder('vjepa2');
/** Features of normalised clips, [B, N, D], in float32. */
async function featuresOf(encoder: ClipEncoder, parameters: StoredModel, clip: HostTensor): Promise<number[]> {
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
  const original = await writePublished(join(folder, 'both.pt'), {
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
