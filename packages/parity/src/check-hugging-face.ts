import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readStateDict } from '@vjepa/checkpoints';
import { attentiveProbeConfig, clipFeatures, probeLogits } from '@vjepa/probe';
import { createClipBuffer, evaluationTransform, type RgbFrames } from '@vjepa/video';
import { encodeVjepa2, gatherTokens, predictVjepa2, type Vjepa2EncoderConfig } from '@vjepa/vit';
import { type Comparison, compareTensor } from './comparison.js';
import { type Fixture, type FixtureTensor, type FixtureTensors, readTensors } from './fixture.js';
import { compareOutputs, inARow, parametersBelow } from './fixture-outputs.js';
import type { ParityEngine } from './parity-engine.js';
import { fixtureVjepa2Encoder, fixtureVjepa2Predictor } from './vjepa2-fixture-models.js';

interface HuggingFaceManifest {
  model: {
    patch_size: number;
    crop_size: number;
    frames_per_clip: number;
    tubelet_size: number;
    hidden_size: number;
    num_attention_heads: number;
    num_hidden_layers: number;
    mlp_ratio: number;
    layer_norm_eps: number;
    num_pooler_layers: number;
    pred_hidden_size: number;
    pred_num_attention_heads: number;
    pred_num_hidden_layers: number;
    pred_num_mask_tokens: number;
  };
  mask_index: number;
  probe_heads: number;
  probe_layer_norm_eps: number;
  num_classes: number;
  /** 0-based. */
  out_layers: number[];
  tolerances: { forward: number; processor: number };
}

/**
 * Kind `hf-vjepa2`: a model and a classifier of Hugging Face transformers, each as transformers computes it and as its
 * weights were trained, and the pixels that the video processor makes.
 */
export async function checkHuggingFace(fixture: Fixture, { engine }: { engine: ParityEngine }): Promise<Comparison[]> {
  const manifest = fixture.manifest as HuggingFaceManifest;
  const tensors = await readTensors(fixture);
  return [
    ...(await checkModel(fixture, manifest, engine, tensors)),
    ...(await checkClassifier(fixture, manifest, engine, tensors)),
    ...checkProcessor(manifest, tensors),
  ];
}

async function checkModel(
  { folder }: Fixture,
  manifest: HuggingFaceManifest,
  engine: ParityEngine,
  tensors: FixtureTensors,
): Promise<Comparison[]> {
  const encoder = encoderOf(manifest);
  const predictor = fixtureVjepa2Predictor('2', sizesOf(manifest));
  const parameters = await parametersOf(join(folder, 'model'), ['encoder', 'predictor']);
  const [seen, wanted] = [tensors('context_mask'), tensors('target_mask')];
  const inputs = {
    clip: channelsFirst(tensors('pixel_values_videos')),
    wide: channelsFirst(tensors('wide.pixel_values_videos')),
    seen: inARow(seen),
    wanted: inARow(wanted),
  };
  const request = { prefix: '', inputs, within: manifest.tolerances.forward };
  return compareOutputs(engine, tensors, parameters, request, (state, given) => {
    const [own, predicting] = [parametersBelow(state, 'encoder.'), parametersBelow(state, 'predictor.')];
    const [seenAt, wantedAt] = [tf.reshape(given.seen!, seen.shape), tf.reshape(given.wanted!, wanted.shape)];
    const predict = (context: tf.Tensor) =>
      predictVjepa2(predictor, predicting, context, seenAt, wantedAt, { maskIndex: manifest.mask_index });
    const all = encodeVjepa2(encoder, own, given.clip!);
    // Transformers encodes every token and drops some afterwards: the context has seen the targets.
    const masked = gatherTokens(all, seenAt);
    return {
      last_hidden_state: all,
      masked_hidden_state: masked,
      predictor_last_hidden_state: predict(masked),
      target_hidden_state: gatherTokens(all, wantedAt),
      'wide.last_hidden_state': encodeVjepa2(onSquares(encoder), own, given.wide!),
      'as_trained.prediction': predict(encodeVjepa2(encoder, own, given.clip!, { mask: seenAt })),
      'as_trained.wide_features': encodeVjepa2(encoder, own, given.wide!),
    };
  });
}

async function checkClassifier(
  { folder }: Fixture,
  manifest: HuggingFaceManifest,
  engine: ParityEngine,
  tensors: FixtureTensors,
): Promise<Comparison[]> {
  const encoder = encoderOf(manifest);
  const probe = (numHeads: number, layerNormEpsilon: number) =>
    attentiveProbeConfig(encoder, manifest.num_classes, {
      ...{ selfAttention: 'before', numHeads, layerNormEpsilon },
      depth: manifest.model.num_pooler_layers + 1,
    });
  const trained = probe(manifest.probe_heads, manifest.probe_layer_norm_eps);
  const parameters = await parametersOf(join(folder, 'classifier'), ['encoder', 'classifier']);
  const inputs = { clip: channelsFirst(tensors('pixel_values_videos')) };
  const request = { prefix: '', inputs, within: manifest.tolerances.forward };
  return compareOutputs(engine, tensors, parameters, request, (state, { clip }) => {
    const [own, classifier] = [parametersBelow(state, 'encoder.'), parametersBelow(state, 'classifier.')];
    const all = encodeVjepa2(encoder, own, clip!);
    const layers = manifest.out_layers.map((layer) => layer + 1);
    const joined = clipFeatures(encoder, own, clip!, { normalizedClips: true, layers, joinLayers: 'tokens' });
    return {
      logits: probeLogits(probe(encoder.numHeads, encoder.layerNormEpsilon), [classifier], all)[0]!,
      'as_trained.logits': probeLogits(trained, [classifier], all)[0]!,
      'as_trained.logits_of_layers': probeLogits(trained, [classifier], joined)[0]!,
    };
  });
}

function checkProcessor({ model, tolerances }: HuggingFaceManifest, tensors: FixtureTensors): Comparison[] {
  const size = model.crop_size;
  return tensors.startingWith('processor.').flatMap(([name, rest]) => {
    const [, number] = /^(\d+)\.frames$/.exec(rest) ?? [];
    if (number === undefined) return [];
    const { shape, data } = tensors(name);
    const [frames, height, width] = shape as [number, number, number];
    const clip: RgbFrames = { data: data as Uint8Array, frames, height, width };
    const found = evaluationTransform(clip, { size, antialias: true }, createClipBuffer('float32', frames, size));
    const expected = channelsFirst(tensors(`processor.${number}.pixel_values_videos`));
    const values = { shape: [1, 3, frames, size, size], data: found };
    return [compareTensor(`processor.${number}`, values, expected, tolerances.processor)];
  });
}

function encoderOf(manifest: HuggingFaceManifest): Vjepa2EncoderConfig {
  return fixtureVjepa2Encoder('2', sizesOf(manifest));
}

/** Transformers counts places on the grid of the square crop, whatever the clip. */
function onSquares(encoder: Vjepa2EncoderConfig): Vjepa2EncoderConfig {
  return { ...encoder, positionSide: encoder.imageSize / encoder.patchSize };
}

/** The sizes of a model as fixtures of the original name them. */
function sizesOf({ model }: HuggingFaceManifest) {
  return {
    img_size: model.crop_size,
    patch_size: model.patch_size,
    num_frames: model.frames_per_clip,
    tubelet_size: model.tubelet_size,
    embed_dim: model.hidden_size,
    depth: model.num_hidden_layers,
    num_heads: model.num_attention_heads,
    mlp_ratio: model.mlp_ratio,
    layer_norm_eps: model.layer_norm_eps,
    pred_embed_dim: model.pred_hidden_size,
    pred_depth: model.pred_num_hidden_layers,
    pred_num_heads: model.pred_num_attention_heads,
    num_mask_tokens: model.pred_num_mask_tokens,
  };
}

/** Parameters of a folder's models by original names, each behind its model's key and a dot. */
async function parametersOf(folder: string, keys: readonly string[]): Promise<Record<string, FixtureTensor>> {
  const parameters: Record<string, FixtureTensor> = {};
  for (const key of keys) {
    const { tensors, close } = await readStateDict(join(folder, 'model.safetensors'), key);
    for (const [name, tensor] of tensors) {
      parameters[`${key}.${name}`] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
    }
    await close();
  }
  return parameters;
}

/** [B, T, C, H, W] -> [B, C, T, H, W] */
function channelsFirst({ shape, data }: FixtureTensor): FixtureTensor {
  const [B, T, C, H, W] = shape as [number, number, number, number, number];
  const plane = H * W;
  const swapped = new Float32Array(data.length);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      for (let c = 0; c < C; c++) {
        const from = ((b * T + t) * C + c) * plane;
        swapped.set(data.subarray(from, from + plane) as Float32Array, ((b * C + c) * T + t) * plane);
      }
    }
  }
  return { shape: [B, C, T, H, W], data: swapped };
}
