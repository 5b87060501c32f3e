import * as tf from '@tensorflow/tfjs-core';
import { type Engine, type HostTensor, inputsAhead, type StepFunction } from '@vjepa/engine';
import { tokenCount } from '@vjepa/masks';
import {
  type AnticipationParts,
  anticipationFeatures,
  anticipationTokens,
  clipFeatures,
  featureGrid,
  meanOverTokens,
  repeatInTime,
} from '@vjepa/probe';
import { requireChoice, requireCounts, unfitSetting } from '@vjepa/training';
import { type ClipEncoder, isVjepa2, type Parameters, type Vjepa2PredictorConfig } from '@vjepa/vit';
import { kindOf, requireEncoder, requireEngine } from '../require-given.js';

/** What `featureExtractor` takes. */
export interface FeatureExtractorOptions {
  engine: Engine;
  encoder: ClipEncoder;
  /** The encoder's parameters by the names of the reference state dict. */
  parameters: Record<string, HostTensor>;
  /**
   * Frames of the clips that will come; pictures have 1. Default: the encoder's clip length, to which V-JEPA and V-JEPA 2
   * repeat pictures. V-JEPA 2.1 has an embedding of its own for them, and sees them as they are.
   */
  frames?: number | undefined;
  /** Times that a picture is repeated in time. Default: as `frames` says. */
  repeats?: number | undefined;
  /**
   * L blocks, counted from 1, whose outputs lie side by side in each token's features; they pass the encoder's last
   * norm, or in V-JEPA 2.1, where four blocks have one, their own. Default: the last block alone.
   */
  layers?: readonly number[] | undefined;
  /**
   * How several layers are joined: side by side in each token's features (default), or one after the other as `tokens`, of
   * which there are then L times as many.
   */
  joinLayers?: 'features' | 'tokens' | undefined;
  /**
   * `mean`: a clip's tokens are averaged, in double precision, so that all engines give a clip of equal tokens the same.
   * Default: `none`.
   */
  pool?: 'none' | 'mean' | undefined;
  /**
   * Clips that go through the encoder together, rounded up to a multiple of the engine's devices. Default: on each device
   * as many as make about 8,192 tokens, at least one and at most 16.
   */
  batchSize?: number | undefined;
  /** The predictor of an encoder of V-JEPA 2 or 2.1, whose features of what is to come stand beside the clip's. */
  foretold?: ForetoldFeatures | undefined;
}

/** Features of what comes after a clip; how long after, `SomeClips.ahead` tells. */
export interface ForetoldFeatures {
  predictor: Vjepa2PredictorConfig;
  parameters: Record<string, HostTensor>;
  /** What of both is given. Default: both, the clip's tokens first. */
  parts?: AnticipationParts | undefined;
}

/** A frozen encoder: pixels in, features out. */
export interface FeatureExtractor {
  /**
   * @param clips pixels 0..255, [n, T, S, S, 3]
   * @returns features [n, N, L * D]; averaged over tokens [n, L * D]
   * @throws Error when there are more or fewer pixels
   */
  extract(clips: Uint8Array, n: number): Promise<Float32Array>;
  /**
   * The same of many, in their order; those of the next are on their way to the device while the encoder is at work. An
   * item without clips has no features.
   */
  extractEach<T extends SomeClips>(items: AsyncIterable<T>): AsyncGenerator<T & { features?: Float32Array }>;
  /** N, L * N where layers are joined as tokens, or 1 where a clip's tokens are averaged. */
  readonly tokens: number;
  /** L * D, or D where layers are joined as tokens. */
  readonly width: number;
  /** Clips that pass the encoder together. */
  readonly batchSize: number;
  /** Puts other parameters in the place of the encoder's; nothing is compiled again. */
  setParameters(parameters: Record<string, HostTensor>): Promise<void>;
  dispose(): void;
}

/** Clips that belong together: n of them, as `extract` takes them. */
export interface SomeClips {
  clips?: Uint8Array | undefined;
  n: number;
  /** Of each clip, tubelets that are skipped before the one that is foretold: [n]; where something is. */
  ahead?: Int32Array | undefined;
}

const TOKENS_AT_ONCE = 8192;

/** Clips that make about 8,192 tokens together, at least one and at most `most`. */
export function defaultBatch(encoder: ClipEncoder, frames: number, most = 16): number {
  return Math.max(1, Math.min(most, Math.floor(TOKENS_AT_ONCE / tokensOf(encoder, frames))));
}

/**
 * Binds a frozen encoder to an engine. Clips pass in batches of one fixed size, the last one filled up with clips that
 * are thrown away, so that a step is compiled once and a clip's features do not depend on how many come with it.
 *
 * @throws InputError naming the option that is of the wrong kind, or the layer that the encoder does not have
 */
export function featureExtractor(options: FeatureExtractorOptions): FeatureExtractor {
  requireExtractor(options);
  const { engine, encoder, parameters, pool = 'none', layers = [encoder.depth] } = options;
  const { frames = encoder.numFrames, joinLayers = 'features' } = options;
  const { repeats } = options;
  const seen = seenFrames(encoder, frames, repeats);
  const { foretold } = options;
  const lengthened = joinLayers === 'tokens' ? layers.length : 1;
  const perClip = lengthened * tokensOf(encoder, frames, { foretold, repeats });
  const { devices } = engine;
  const batchSize = Math.ceil((options.batchSize ?? devices * defaultBatch(encoder, frames)) / devices) * devices;
  const { imageSize: S, embedDim } = encoder;
  const width = (layers.length / lengthened) * embedDim;
  const pixels = frames * S * S * 3;

  const step: StepFunction<
    { encoder: Parameters; predictor?: Parameters },
    { clips: tf.Tensor; ahead?: tf.Tensor | undefined },
    { features: tf.Tensor }
  > = (state, inputs) => {
    if (foretold) {
      const models = modelsOf(foretold, encoder);
      const parameters = { encoder: state.encoder, predictor: state.predictor! };
      const features = anticipationFeatures(models, parameters, inputs.clips, inputs.ahead!, foretold);
      return { state: {}, outputs: { features } };
    }
    const clips = seen === frames ? inputs.clips : repeatInTime(frame(inputs.clips), seen);
    return { state: {}, outputs: { features: clipFeatures(encoder, state.encoder, clips, { layers, joinLayers }) } };
  };
  const run = engine.bind(step, { encoder: parameters, ...(foretold && { predictor: foretold.parameters }) });
  const tokens = pool === 'mean' ? 1 : perClip;

  /** The runs that items take: each item in batches, the last filled up. */
  async function* runsOf<T extends SomeClips>(items: AsyncIterable<T>) {
    for await (const item of items) {
      const { clips, n } = item;
      if (clips === undefined) {
        yield { item, count: 0, last: true };
        continue;
      }
      if (clips.length !== n * pixels) {
        throw new Error(`${n} clips of [${frames}, ${S}, ${S}, 3] are ${n * pixels} values, found ${clips.length}`);
      }
      const features = new Float32Array(n * tokens * width);
      for (let start = 0; start < n; start += batchSize) {
        const count = Math.min(batchSize, n - start);
        let data = clips.subarray(start * pixels, (start + count) * pixels);
        if (count < batchSize) {
          const filled = new Uint8Array(batchSize * pixels);
          filled.set(data);
          data = filled;
        }
        const ahead = new Int32Array(batchSize);
        if (foretold) ahead.set(item.ahead!.subarray(start, start + count));
        const inputs = {
          clips: { shape: [batchSize, frames, S, S, 3], data },
          ...(foretold && { ahead: { shape: [batchSize], data: ahead } }),
        };
        yield { item, features, start, count, last: start + count === n, inputs };
      }
    }
  }

  async function* extractEach<T extends SomeClips>(items: AsyncIterable<T>) {
    for await (const { item, features, start = 0, count, last, inputs } of inputsAhead(run, runsOf(items))) {
      if (inputs !== undefined) {
        const outputs = await run(inputs);
        const values = (outputs.features.data as Float32Array).subarray(0, count * perClip * width);
        features!.set(pool === 'mean' ? meanOverTokens(values, perClip, width) : values, start * tokens * width);
      }
      if (last) yield { ...item, ...(features && { features }) };
    }
  }

  async function extract(clips: Uint8Array, n: number): Promise<Float32Array> {
    if (n === 0) return new Float32Array(0);
    const one = async function* () {
      yield { clips, n };
    };
    for await (const { features } of extractEach(one())) return features!;
    throw new Error('a batch of clips has features');
  }

  return {
    extract,
    extractEach,
    tokens,
    width,
    batchSize,
    setParameters: (others) => run.writeState({ encoder: others }),
    dispose: () => run.dispose(),
  };
}

/** @throws InputError naming the first option with which no features can be had */
export function requireExtractor(options: FeatureExtractorOptions): void {
  const { engine, encoder, parameters, layers, pool, batchSize } = options;
  requireEngine(engine);
  requireEncoder(encoder);
  if (typeof parameters !== 'object' || parameters === null) {
    throw unfitSetting('parameters', 'what loadEncoder or initializeEncoder gives', kindOf(parameters));
  }
  requireCounts({ batchSize, repeats: options.repeats });
  requireChoice('pool', pool, ['none', 'mean']);
  requireChoice('joinLayers', options.joinLayers, ['features', 'tokens']);
  requireLayers('layers', encoder, layers);
}

/** @throws InputError when it is no list of blocks whose outputs are features; `undefined` is none */
export function requireLayers(name: string, encoder: ClipEncoder, layers: readonly number[] | undefined): void {
  if (layers === undefined) return;
  const known = featureLayers(encoder);
  if (!Array.isArray(layers) || layers.length === 0 || !layers.every((layer) => known.includes(layer))) {
    const blocks = known.length === encoder.depth ? `1 to ${encoder.depth}` : `those with a norm: ${known.join(', ')}`;
    throw unfitSetting(name, `a list of the encoder's blocks, ${blocks}`, layers);
  }
}

/** @throws InputError when the encoder has no such predictor */
function modelsOf({ predictor }: ForetoldFeatures, encoder: ClipEncoder) {
  if (!isVjepa2(encoder)) throw unfitSetting('encoder', 'one of V-JEPA 2 or 2.1, whose predictor foretells', 'V-JEPA');
  return { encoder, predictor };
}

/** The blocks whose outputs are features, counted from 1: all, or in V-JEPA 2.1 those that have a norm of their own. */
export function featureLayers(encoder: ClipEncoder): readonly number[] {
  if (isVjepa2(encoder) && encoder.version === '2.1') return encoder.normLayers.map((layer) => layer + 1);
  return Array.from({ length: encoder.depth }, (_, block) => block + 1);
}

/** Frames of the clip that an encoder sees: a picture is repeated as asked for, or for those that do not take one by itself. */
function seenFrames(encoder: ClipEncoder, frames: number, repeats?: number): number {
  const takesPictures = isVjepa2(encoder) ? encoder.version === '2.1' : encoder.numFrames === 1;
  if (frames > 1 || (takesPictures && (repeats ?? 1) === 1)) return frames;
  return Math.max(repeats ?? encoder.numFrames, encoder.tubeletSize);
}

/** Tokens of a clip of some frames, and of what is foretold: a video encoder's grid that deep, or every frame's of an image encoder. */
export function tokensOf(
  encoder: ClipEncoder,
  frames: number,
  { foretold, repeats }: Pick<FeatureExtractorOptions, 'foretold' | 'repeats'> = {},
): number {
  if (foretold) return anticipationTokens(modelsOf(foretold, encoder).encoder, frames, foretold.parts);
  const { imageSize: side } = encoder;
  const seen = seenFrames(encoder, frames, repeats);
  return tokenCount(featureGrid(encoder, { frames: seen, height: side, width: side }));
}

/** [B, 1, S, S, 3] -> [B, S, S, 3] */
function frame(clips: tf.Tensor): tf.Tensor {
  const [B, , H, W, C] = clips.shape as [number, number, number, number, number];
  return tf.reshape(clips, [B, H, W, C]);
}
