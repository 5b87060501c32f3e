import { type HostTensor, inputsAhead } from '@vjepa/engine';
import { type TokenGrid, tokenCount } from '@vjepa/masks';
import { meanOverTokens, prefixMask } from '@vjepa/probe';
import type { Sides } from '@vjepa/video';
import { isVjepa2 } from '@vjepa/vit';
import { clipGrid, defaultBatch, seenFrames, squareOf } from './clip-tokens.js';
import { extractionStep, tokensOf } from './extraction-step.js';
import { type FeatureExtractorOptions, requireExtractor } from './feature-options.js';

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
  const { engine, encoder, parameters, layers = [encoder.depth], joinLayers = 'features', foretold } = options;
  const layout = featureLayout(options);
  const { frames, size, grid, batchSize, tokens, width, perClip, pixels, runs } = layout;
  const repeated = layout.seen === frames ? undefined : layout.seen;
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
        const data = filledUp(clips.subarray(start * pixels, (start + count) * pixels), batchSize * pixels);
        const batch = { shape: [batchSize, frames, size.height, size.width, 3], data };
        const own = features.subarray(start * tokens * width, (start + count) * tokens * width);
        const dense = tokens === perClip ? own : new Float32Array(count * perClip * width);
        const ahead = new Int32Array(batchSize);
        if (foretold) ahead.set(item.ahead!.subarray(start, start + count));
        for (let t = 0; t < runs; t++) {
          const inputs = {
            clips: batch,
            ...(runs > 1 && { mask: prefixMask(grid, t + 1, batchSize) }),
            ...(foretold && { ahead: { shape: [batchSize], data: ahead } }),
          };
          const isLast = start + count === n && t === runs - 1;
          yield { item, part: { features, dense, start, count, t, isLast }, inputs };
        }
      }
    }
  }

  async function* extractEach<T extends SomeClips>(
    items: AsyncIterable<T>,
  ): AsyncGenerator<T & { features?: Float32Array }> {
    for await (const { item, part, inputs } of inputsAhead(run, runsOf(items))) {
      if (part === undefined || inputs === undefined) {
        yield item;
        continue;
      }
      place(layout, (await run(inputs)).features.data as Float32Array, part);
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

/** What comes in and what goes out. */
interface FeatureLayout {
  /** Of the clips that come, and of those that the encoder sees: a picture may be repeated. */
  frames: number;
  seen: number;
  size: Sides;
  /** Values of a clip. */
  pixels: number;
  /** Of the clip that is seen. */
  grid: TokenGrid;
  batchSize: number;
  /** Tokens that a clip has, and how many there are of it when they are averaged as asked for. */
  perClip: number;
  tokens: number;
  width: number;
  /** Layers one after the other as tokens. */
  lengthened: number;
  /** How often a clip passes the encoder: for every time step by itself, or once. */
  runs: number;
}

function featureLayout(options: FeatureExtractorOptions): FeatureLayout {
  const { engine, encoder, pool = 'none', layers = [encoder.depth], foretold, repeats } = options;
  const { frames = encoder.numFrames, size = squareOf(encoder) } = options;
  const grid = clipGrid(encoder, frames, { size, repeats });
  const lengthened = options.joinLayers === 'tokens' ? layers.length : 1;
  const perClip = lengthened * (foretold ? tokensOf(encoder, frames, { foretold }) : tokenCount(grid));
  const { devices } = engine;
  // An image model sees every frame for itself anyway.
  const prefixes = options.prefix && grid.depth > 1 && (encoder.numFrames > 1 || isVjepa2(encoder));
  return {
    ...{ frames, size, grid, perClip, lengthened },
    seen: seenFrames(encoder, frames, repeats),
    pixels: frames * size.height * size.width * 3,
    batchSize: Math.ceil((options.batchSize ?? devices * defaultBatch(tokenCount(grid))) / devices) * devices,
    tokens: { none: perClip, frames: lengthened * grid.depth, mean: 1 }[pool],
    width: (layers.length / lengthened) * encoder.embedDim,
    runs: prefixes ? grid.depth : 1,
  };
}

/** Puts what a run gave where it belongs, averaged as asked for. */
function place(
  { perClip, tokens, width, lengthened, runs }: FeatureLayout,
  values: Float32Array,
  { features, dense, start, count, t }: ExtractedPart,
): void {
  // One after the other lie the clips, the layers that are joined as tokens, the runs that are one time step each.
  const length = (perClip / lengthened / runs) * width;
  for (let i = 0; i < count * lengthened; i++) {
    dense.set(values.subarray(i * length, (i + 1) * length), (i * runs + t) * length);
  }
  if (t < runs - 1 || tokens === perClip) return;
  features.set(meanOverTokens(dense, perClip / tokens, width), start * tokens * width);
}

/** The clips, and behind them others that nobody looks at where a batch has room. */
function filledUp(clips: Uint8Array, length: number): Uint8Array {
  if (clips.length === length) return clips;
  const filled = new Uint8Array(length);
  filled.set(clips);
  return filled;
}
