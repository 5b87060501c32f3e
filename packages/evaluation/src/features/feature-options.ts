import type { Engine, HostTensor } from '@vjepa/engine';
import { requireChoice, requireCounts, unfitSetting } from '@vjepa/training';
import type { Sides } from '@vjepa/video';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';
import { kindOf, requireEncoder, requireEngine } from '../require-given.js';
import type { ForetoldFeatures } from './extraction-step.js';

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
