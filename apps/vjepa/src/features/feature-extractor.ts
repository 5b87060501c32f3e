import * as tf from '@tensorflow/tfjs-core';
import { clipFeatures, repeatInTime } from '@vjepa/probe';
import type { HostTensor, StepFunction } from '@vjepa/tensorflow';
import { type EncoderConfig, selectParameters, tokenGrid } from '@vjepa/vit';
import type { Engine } from '../engine/engine.js';

export interface FeatureExtractorOptions {
  engine: Engine;
  encoder: EncoderConfig;
  parameters: Record<string, HostTensor>;
  /** Frames of the clips that will come; pictures have 1 and are repeated to the encoder's clip length. */
  frames: number;
  /**
   * Clips that go through the encoder together, rounded up to a multiple of the engine's devices. Default: on each device
   * as many as make about 8,192 tokens, at least one.
   */
  batchSize?: number | undefined;
}

/** A frozen encoder: pixels in, tokens out. */
export interface FeatureExtractor {
  /**
   * @param clips pixels 0..255, [n, T, S, S, 3]
   * @returns features [n, N, D]
   */
  extract(clips: Uint8Array, n: number): Promise<Float32Array>;
  /** N and D of a clip's features. */
  readonly tokens: number;
  readonly width: number;
  /** Clips that pass the encoder together. */
  readonly batchSize: number;
  dispose(): void;
}

const TOKENS_AT_ONCE = 8192;

/** Clips that make about 8,192 tokens together, at least one and at most 16. */
export function defaultBatch(encoder: EncoderConfig, frames: number): number {
  return Math.max(1, Math.min(16, Math.floor(TOKENS_AT_ONCE / tokensOf(encoder, frames))));
}

/**
 * Binds a frozen encoder to an engine. Clips pass in batches of one fixed size, the last one filled up with clips that
 * are thrown away, so that a step is compiled once and a clip's features do not depend on how many come with it.
 */
export function featureExtractor(options: FeatureExtractorOptions): FeatureExtractor {
  const { engine, encoder, parameters, frames } = options;
  const still = frames === 1 && encoder.numFrames > 1;
  const perClip = tokensOf(encoder, frames);
  const { devices } = engine;
  const batchSize = Math.ceil((options.batchSize ?? devices * defaultBatch(encoder, frames)) / devices) * devices;
  const { imageSize: S, embedDim: D } = encoder;
  const pixels = frames * S * S * 3;

  const step: StepFunction = (state, inputs) => {
    const clips = still ? repeatInTime(frame(inputs.clips!), encoder.numFrames) : inputs.clips!;
    return { state: {}, outputs: { features: clipFeatures(encoder, selectParameters(state, 'encoder.'), clips) } };
  };
  const state = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`encoder.${name}`, value]));
  const run = engine.bind(step, state);

  async function extract(clips: Uint8Array, n: number): Promise<Float32Array> {
    if (clips.length !== n * pixels) {
      throw new Error(`${n} clips of [${frames}, ${S}, ${S}, 3] are ${n * pixels} values, found ${clips.length}`);
    }
    const features = new Float32Array(n * perClip * D);
    for (let start = 0; start < n; start += batchSize) {
      const count = Math.min(batchSize, n - start);
      let data = clips.subarray(start * pixels, (start + count) * pixels);
      if (count < batchSize) {
        const filled = new Uint8Array(batchSize * pixels);
        filled.set(data);
        data = filled;
      }
      const outputs = await run({ clips: { shape: [batchSize, frames, S, S, 3], data } });
      const values = outputs.features!.data as Float32Array;
      features.set(values.subarray(0, count * perClip * D), start * perClip * D);
    }
    return features;
  }

  return { extract, tokens: perClip, width: D, batchSize, dispose: () => run.dispose() };
}

/** Tokens of a clip of some frames: a video encoder's grid that deep, or every frame's of an image encoder. */
export function tokensOf(encoder: EncoderConfig, frames: number): number {
  const { depth, height, width } = tokenGrid(encoder);
  if (encoder.numFrames === 1) return frames * height * width;
  return (frames === 1 ? depth : Math.floor(frames / encoder.tubeletSize)) * height * width;
}

/** [B, 1, S, S, 3] -> [B, S, S, 3] */
function frame(clips: tf.Tensor): tf.Tensor {
  const [B, , H, W, C] = clips.shape as [number, number, number, number, number];
  return tf.reshape(clips, [B, H, W, C]);
}
