import { type TokenGrid, tokenCount } from '@vjepa/masks';
import { requireBlocks, requireWhole } from './check-config.js';

/** Everything that fixes the shape of an encoder. */
export interface EncoderConfig {
  /** Height and width of the clips the position table is made for, in pixels. */
  imageSize: number;
  /** Side of a patch, in pixels. */
  patchSize: number;
  /** Frames of the clips the position table is made for; 1 makes an image model with a two-dimensional embedding. */
  numFrames: number;
  /** Frames per tubelet; ignored by image models. */
  tubeletSize: number;
  /** D, the width of a token. */
  embedDim: number;
  /** Number of transformer blocks. */
  depth: number;
  numHeads: number;
  /** Hidden width of the MLP = trunc(embedDim * mlpRatio). */
  mlpRatio: number;
  /** Whether the three axes of the position code share the width equally (all published V-JEPA models) or 2:1:1. */
  uniformPower: boolean;
  layerNormEpsilon: number;
}

/** A slip of the keyboard, not a model: what would be built fills any memory. */
const MOST_BLOCKS = 10_000;
const MOST_TOKENS = 10_000_000;

interface EncoderSize {
  embedDim: number;
  depth: number;
  numHeads: number;
  mlpRatio: number;
  patchSize: number;
}

/**
 * The sizes by name. `vit_gigantic` has ratio 4 because its intended 64/13 never takes effect in the reference, and
 * checkpoints follow what takes effect.
 */
const SIZES = {
  vit_tiny: { embedDim: 192, depth: 12, numHeads: 3, mlpRatio: 4, patchSize: 16 },
  vit_small: { embedDim: 384, depth: 12, numHeads: 6, mlpRatio: 4, patchSize: 16 },
  vit_base: { embedDim: 768, depth: 12, numHeads: 12, mlpRatio: 4, patchSize: 16 },
  vit_large: { embedDim: 1024, depth: 24, numHeads: 16, mlpRatio: 4, patchSize: 16 },
  vit_huge: { embedDim: 1280, depth: 32, numHeads: 16, mlpRatio: 4, patchSize: 16 },
  vit_giant: { embedDim: 1408, depth: 40, numHeads: 16, mlpRatio: 48 / 11, patchSize: 16 },
  vit_gigantic: { embedDim: 1664, depth: 48, numHeads: 16, mlpRatio: 4, patchSize: 14 },
} as const satisfies Record<string, EncoderSize>;

/** Names of the encoder's sizes. */
export type EncoderName = keyof typeof SIZES;

/** The names `encoderConfig` knows, smallest first. */
export const encoderNames = Object.keys(SIZES) as EncoderName[];

/**
 * The configuration of a named encoder, as V-JEPA pretrains it: 16 frames of 224 x 224 pixels, tubelets of 2 frames.
 *
 * @param name one of `encoderNames`
 * @param overrides fields that replace the named size's
 * @throws if the name is unknown or the fields contradict each other
 */
export function encoderConfig(
  name: EncoderName | (string & {}),
  overrides: Overrides<EncoderConfig> = {},
): EncoderConfig {
  const size: EncoderSize | undefined = Object.hasOwn(SIZES, name) ? SIZES[name as EncoderName] : undefined;
  if (size === undefined) {
    throw new Error(`unknown encoder '${name}'; the encoders are ${encoderNames.join(', ')}`);
  }
  const config: EncoderConfig = {
    imageSize: 224,
    numFrames: 16,
    tubeletSize: 2,
    uniformPower: true,
    layerNormEpsilon: 1e-6,
    ...size,
    ...definedFields(overrides),
  };
  checkEncoderConfig(config);
  return config;
}

/** The named encoder with this width and number of blocks, or undefined when there is none. */
export function encoderNameOf({ embedDim, depth }: Pick<EncoderConfig, 'embedDim' | 'depth'>): EncoderName | undefined {
  return encoderNames.find((name) => SIZES[name].embedDim === embedDim && SIZES[name].depth === depth);
}

/** @throws if a field is not a positive number, whole where it must be, or fields contradict each other */
function checkEncoderConfig(config: EncoderConfig): void {
  requireWhole('encoder', config, [
    'imageSize',
    'patchSize',
    'numFrames',
    'tubeletSize',
    'embedDim',
    'depth',
    'numHeads',
  ]);
  requireBlocks('encoder', config);
  if (config.depth > MOST_BLOCKS) {
    throw new Error(`encoder config: depth is ${config.depth}; an encoder has at most ${MOST_BLOCKS} blocks`);
  }
  if (config.embedDim % config.numHeads !== 0) {
    throw new Error(
      `encoder config: embedDim ${config.embedDim} cannot be split over ${config.numHeads} heads; ` +
        'choose numHeads among its divisors',
    );
  }
  if (config.imageSize < config.patchSize) {
    throw new Error(
      `encoder config: imageSize ${config.imageSize} is smaller than one patch of ${config.patchSize} pixels`,
    );
  }
  if (config.numFrames > 1 && config.numFrames < config.tubeletSize) {
    throw new Error(
      `encoder config: numFrames ${config.numFrames} is less than one tubelet of ${config.tubeletSize} frames`,
    );
  }
  const tokens = tokenCount(tokenGrid(config));
  if (tokens > MOST_TOKENS) {
    throw new Error(
      `encoder config: ${config.numFrames} frames of ${config.imageSize} x ${config.imageSize} pixels are ${tokens} ` +
        `tokens; a clip has at most ${MOST_TOKENS}: choose fewer frames, a smaller imageSize or larger patches`,
    );
  }
}

/** Hidden width of a block's MLP. */
export function mlpHiddenDim(embedDim: number, mlpRatio: number): number {
  return Math.trunc(embedDim * mlpRatio);
}

/** The grid of tokens of the clips the model is made for. */
export function tokenGrid(
  config: Pick<EncoderConfig, 'imageSize' | 'patchSize' | 'numFrames' | 'tubeletSize'>,
): TokenGrid {
  const side = Math.floor(config.imageSize / config.patchSize);
  const depth = config.numFrames > 1 ? Math.floor(config.numFrames / config.tubeletSize) : 1;
  return { depth, height: side, width: side };
}

/** Some of the fields of a configuration; `undefined` means that one is not overridden. */
export type Overrides<T> = { [Field in keyof T]?: T[Field] | undefined };

/** The fields that are overridden. */
export function definedFields<T extends object>(fields: Overrides<T>): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
