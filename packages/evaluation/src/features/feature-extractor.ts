import { type Engine, type HostTensor, inputsAhead } from '@vjepa/engine';
import { type TokenGrid, tokenCount } from '@vjepa/masks';
import { meanOverTokens, prefixMask } from '@vjepa/probe';
import { requireChoice, requireCounts, unfitSetting } from '@vjepa/training';
import type { Sides } from '@vjepa/video';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';
import { kindOf, requireEncoder, requireEngine } from '../require-given.js';
import { clipGrid, defaultBatch, seenFrames, squareOf } from './clip-tokens.js';
import { extractionStep, type ForetoldFeatures, tokensOf } from './extraction-step.js';

/** What becomes of a clip's T' x H' x W' tokens: nothing, T' means over the tokens of a time step, or their one mean. */
export type Pooling = 'none' | 'frames' | 'mean';

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
   * `frames`: the tokens of each time step are averaged, `mean`: all of a clip's, in double precision, so that all engines
   * give a clip of equal tokens the same. Default: `none`.
   */
  pool?: Pooling | undefined;
  /**
   * Whether no token sees a later time step: the features of each step are those of the clip up to it. They are exact, see
   * `prefixFeatures` of @vjepa/probe, and cost as much as encoding (T' + 1) / 2 clips. Default: false.
   */
  prefix?: boolean | undefined;
  /** Of the clips that will come, in pixels. Default: squares of the encoder's `imageSize`. */
  size?: Sides | undefined;
  /**
   * Clips that go through the encoder together, rounded up to a multiple of the engine's devices. Default: on each device
   * as many as make about 8,192 tokens, at least one and at most 16.
   */
  batchSize?: number | undefined;
  /** The predictor of an encoder of V-JEPA 2 or 2.1, whose features of what is to come stand beside the clip's. */
  foretold?: ForetoldFeatures | undefined;
}

/** A frozen encoder: pixels in, features out. */
export interface FeatureExtractor {
  /**
   * @param clips pixels 0..255, [n, T, H, W, 3]
   * @returns features [n, N, L * D], time slowest; averaged over each time step's tokens [n, T', L * D], over all [n, L * D]
   * @throws Error when there are more or fewer pixels
   */
  extract(clips: Uint8Array, n: number): Promise<Float32Array>;
  /**
   * The same of many, in their order; those of the next are on their way to the device while the encoder is at work. An
   * item without clips has no features.
   */
  extractEach<T extends SomeClips>(items: AsyncIterable<T>): AsyncGenerator<T & { features?: Float32Array }>;
  /** Of a clip's tokens before they are averaged. */
  readonly grid: TokenGrid;
  /** N, where they are averaged T' or 1; L times as many where layers are joined as tokens and not all are averaged. */
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

/** Which part of an item's features a run gives. */
interface ExtractedPart {
  /** Of the whole item, as they are wanted. */
  features: Float32Array;
  /** Of a batch of its clips, before they are averaged. */
  dense: Float32Array;
  /** The batch: from this clip on so many. */
  start: number;
  count: number;
  /** The time step of those that are run one by one. */
  t: number;
  isLast: boolean;
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
  const { frames = encoder.numFrames, joinLayers = 'features', foretold, repeats } = options;
  const size = options.size ?? squareOf(encoder);
  const seen = seenFrames(encoder, frames, repeats);
  const grid = clipGrid(encoder, frames, { size, repeats });
  const lengthened = joinLayers === 'tokens' ? layers.length : 1;
  const perClip = lengthened * (foretold ? tokensOf(encoder, frames, { foretold }) : tokenCount(grid));
  const { devices } = engine;
  const batchSize = Math.ceil((options.batchSize ?? devices * defaultBatch(tokenCount(grid))) / devices) * devices;
  const width = (layers.length / lengthened) * encoder.embedDim;
  const pixels = frames * size.height * size.width * 3;
  const tokens = { none: perClip, frames: lengthened * grid.depth, mean: 1 }[pool];
  // An image model sees every frame for itself anyway.
  const prefixes = options.prefix && grid.depth > 1 && (encoder.numFrames > 1 || isVjepa2(encoder));
  const runs = prefixes ? grid.depth : 1;

  const repeated = seen === frames ? undefined : seen;
  const step = extractionStep({ encoder, grid, repeated, foretold, layers, joinLayers });
  const run = engine.bind(step, { encoder: parameters, ...(foretold && { predictor: foretold.parameters }) });

  /** The runs that items take: each item in batches, the last filled up; a batch in one run, or one for each time step. */
  async function* runsOf<T extends SomeClips>(items: AsyncIterable<T>) {
    for await (const item of items) {
      const { clips, n } = item;
      if (clips === undefined) {
        yield { item };
        continue;
      }
      if (clips.length !== n * pixels) {
        const { height, width } = size;
        const expected = `${n} clips of [${frames}, ${height}, ${width}, 3] are ${n * pixels} values`;
        throw new Error(`${expected}, found ${clips.length}`);
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
        const batch = { shape: [batchSize, frames, size.height, size.width, 3], data };
        const own = features.subarray(start * tokens * width, (start + count) * tokens * width);
        const dense = tokens === perClip ? own : new Float32Array(count * perClip * width);
        const ahead = new Int32Array(batchSize);
        if (foretold) ahead.set(item.ahead!.subarray(start, start + count));
        for (let t = 0; t < runs; t++) {
          const inputs = {
            clips: batch,
            ...(prefixes && { mask: prefixMask(grid, t + 1, batchSize) }),
            ...(foretold && { ahead: { shape: [batchSize], data: ahead } }),
          };
          const isLast = start + count === n && t === runs - 1;
          yield { item, part: { features, dense, start, count, t, isLast }, inputs };
        }
      }
    }
  }

  /** Puts what a run gave where it belongs, averaged as asked for. */
  function place(values: Float32Array, { features, dense, start, count, t }: ExtractedPart): void {
    // One after the other lie the clips, the layers that are joined as tokens, the runs that are one time step each.
    const length = (perClip / lengthened / runs) * width;
    for (let i = 0; i < count * lengthened; i++) {
      dense.set(values.subarray(i * length, (i + 1) * length), (i * runs + t) * length);
    }
    if (t < runs - 1 || tokens === perClip) return;
    features.set(meanOverTokens(dense, perClip / tokens, width), start * tokens * width);
  }

  async function* extractEach<T extends SomeClips>(
    items: AsyncIterable<T>,
  ): AsyncGenerator<T & { features?: Float32Array }> {
    for await (const { item, part, inputs } of inputsAhead(run, runsOf(items))) {
      if (part === undefined || inputs === undefined) {
        yield item;
        continue;
      }
      place((await run(inputs)).features.data as Float32Array, part);
      if (part.isLast) yield { ...item, features: part.features };
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
    grid,
    tokens,
    width,
    batchSize,
    setParameters: (others) => run.writeState({ encoder: others }),
    dispose: () => run.dispose(),
  };
}

const POOLINGS: readonly Pooling[] = ['none', 'frames', 'mean'];

/** @throws InputError naming the first option with which no features can be had */
export function requireExtractor(options: FeatureExtractorOptions): void {
  requireEngine(options.engine);
  requireFeatureOptions(options);
}

/** @throws InputError naming the first option, the engine aside, with which no features can be had */
export function requireFeatureOptions(options: Omit<FeatureExtractorOptions, 'engine'>): void {
  const { encoder, parameters, layers, pool, prefix, batchSize, size } = options;
  requireEncoder(encoder);
  if (typeof parameters !== 'object' || parameters === null) {
    throw unfitSetting('parameters', 'what loadEncoder or initializeEncoder gives', kindOf(parameters));
  }
  requireCounts({
    batchSize,
    repeats: options.repeats,
    ...(size && { 'size.height': size.height, 'size.width': size.width }),
  });
  requireChoice('pool', pool, POOLINGS);
  requireChoice('joinLayers', options.joinLayers, ['features', 'tokens']);
  if (prefix !== undefined && typeof prefix !== 'boolean') throw unfitSetting('prefix', 'true or false', prefix);
  if (options.foretold && (prefix || size || pool === 'frames')) {
    throw unfitSetting('foretold', "nothing beside `prefix`, `size` or `pool: 'frames'`", kindOf(options.foretold));
  }
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

/** The blocks whose outputs are features, counted from 1: all, or in V-JEPA 2.1 those that have a norm of their own. */
export function featureLayers(encoder: ClipEncoder): readonly number[] {
  if (isVjepa2(encoder) && encoder.version === '2.1') return encoder.normLayers.map((layer) => layer + 1);
  return Array.from({ length: encoder.depth }, (_, block) => block + 1);
}
