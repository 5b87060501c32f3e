import { requireRotarySide, requireWhole } from './check-config.js';
import {
  definedFields,
  type EncoderConfig,
  type EncoderName,
  encoderConfig,
  encoderNames,
  mlpHiddenDim,
  type Overrides,
} from './encoder-config.js';

/** Everything that fixes the shape of an encoder of V-JEPA 2 or 2.1. */
export interface Vjepa2EncoderConfig
  extends Pick<
    EncoderConfig,
    | 'imageSize'
    | 'patchSize'
    | 'numFrames'
    | 'tubeletSize'
    | 'embedDim'
    | 'depth'
    | 'numHeads'
    | 'mlpRatio'
    | 'layerNormEpsilon'
  > {
  version: '2' | '2.1';
  /** The side of the grid that rows and columns are stretched to: see `RotaryOptions.side`. Always `null` in V-JEPA 2. */
  rotarySide: number | null;
  /**
   * The blocks with a norm of their own, 0-based and ascending, the last block among them; their normed outputs are the
   * levels of V-JEPA 2.1. Empty in V-JEPA 2, where one norm serves all blocks.
   */
  normLayers: readonly number[];
  /**
   * Rows and columns of the grid that places are counted in, whatever the clip's own: token n of N is at
   * (n div side^2, n mod side^2 div side, n mod side), as Hugging Face transformers counts with the side of the model's
   * crop. Clips of other sizes are then misplaced. Default: the clip's own grid, which the weights were trained with.
   */
  positionSide?: number | undefined;
}

/** Sizes that V-JEPA 1 does not have. */
const SIZES = {
  vit_giant_xformers: { embedDim: 1408, depth: 40, numHeads: 22, mlpRatio: 48 / 11, patchSize: 16 },
  vit_gigantic_xformers: { embedDim: 1664, depth: 48, numHeads: 26, mlpRatio: 64 / 13, patchSize: 16 },
} as const;

/** V-JEPA 2's own `vit_gigantic_xformers`, of which no weights are published, has the usual MLP. */
const GIGANTIC_RATIO_OF_2 = 4;

/** Names of the encoders: V-JEPA's, and the giants whose heads are 64 wide, which are the published ones. */
export type Vjepa2EncoderName = EncoderName | keyof typeof SIZES;

/** The names `vjepa2EncoderConfig` and `vjepa21EncoderConfig` know. */
export const vjepa2EncoderNames: readonly Vjepa2EncoderName[] = [
  ...encoderNames,
  ...(Object.keys(SIZES) as (keyof typeof SIZES)[]),
];

/**
 * The named encoder with this width and number of blocks, of several the one with these heads; else the published giant.
 * Undefined when there is none.
 */
export function vjepa2EncoderNameOf({
  embedDim,
  depth,
  numHeads,
}: Pick<Vjepa2EncoderConfig, 'embedDim' | 'depth'> & Partial<Pick<Vjepa2EncoderConfig, 'numHeads'>>):
  | Vjepa2EncoderName
  | undefined {
  const named = vjepa2EncoderNames.filter((name) => {
    const size = sizeOf(name);
    return size.embedDim === embedDim && size.depth === depth;
  });
  return named.find((name) => sizeOf(name).numHeads === numHeads) ?? named.at(-1);
}

/** The named size of this width and width of its MLP's hidden layer, of several the published giant. */
export function vjepa2SizeOf(embedDim: number, hidden: number) {
  const ratios = (name: string) => [sizeOf(name).mlpRatio, GIGANTIC_RATIO_OF_2];
  const found = vjepa2EncoderNames.findLast((name) => {
    return sizeOf(name).embedDim === embedDim && ratios(name).some((ratio) => mlpHiddenDim(embedDim, ratio) === hidden);
  });
  return found && sizeOf(found);
}

/**
 * The configuration of a named encoder of V-JEPA 2, with the size of clips its published models take: 64 frames of
 * 256 x 256 pixels. It computes clips of any other size as well.
 *
 * @throws if the name is unknown or the fields contradict each other
 */
export function vjepa2EncoderConfig(
  name: Vjepa2EncoderName | (string & {}),
  overrides: Overrides<Omit<Vjepa2EncoderConfig, 'version' | 'rotarySide' | 'normLayers'>> = {},
): Vjepa2EncoderConfig {
  const size = name === 'vit_gigantic_xformers' ? { ...sizeOf(name), mlpRatio: GIGANTIC_RATIO_OF_2 } : sizeOf(name);
  return checked({ ...CLIP, ...size, ...definedFields(overrides), version: '2', rotarySide: null, normLayers: [] });
}

/**
 * The configuration of a named encoder of V-JEPA 2.1: true rotation, rows and columns stretched to the grid of 256 pixels
 * (16 x 16 patches of 16 pixels, 18 x 18 of 14), an embedding of images beside that of videos, and norms on four blocks.
 *
 * @throws if the name is unknown, the fields contradict each other, or the encoder has neither 12, 24, 40 nor 48 blocks and
 *   `normLayers` is not given
 */
export function vjepa21EncoderConfig(
  name: Vjepa2EncoderName | (string & {}),
  overrides: Overrides<Omit<Vjepa2EncoderConfig, 'version'>> = {},
): Vjepa2EncoderConfig {
  const sized = { ...CLIP, ...sizeOf(name), ...definedFields(overrides) };
  return checked({
    rotarySide: Math.floor(256 / sized.patchSize),
    normLayers: NORM_LAYERS[sized.depth] ?? [],
    ...sized,
    version: '2.1',
  });
}

const CLIP = { imageSize: 256, numFrames: 64, tubeletSize: 2, layerNormEpsilon: 1e-6 };

/** Of each depth the blocks with a norm. */
const NORM_LAYERS: Record<number, readonly number[]> = {
  12: [2, 5, 8, 11],
  24: [5, 11, 17, 23],
  40: [9, 19, 29, 39],
  48: [11, 23, 37, 47], // as the code and the weights have it; the paper says the 36th
};

function sizeOf(name: string) {
  if (Object.hasOwn(SIZES, name)) return SIZES[name as keyof typeof SIZES];
  if (!(encoderNames as string[]).includes(name)) {
    throw new Error(`unknown encoder '${name}'; the encoders of V-JEPA 2 are ${vjepa2EncoderNames.join(', ')}`);
  }
  const { embedDim, depth, numHeads, mlpRatio, patchSize } = encoderConfig(name);
  return { embedDim, depth, numHeads, mlpRatio, patchSize };
}

/** @throws if fields contradict each other */
function checked(config: Vjepa2EncoderConfig): Vjepa2EncoderConfig {
  const { version, rotarySide, normLayers, positionSide, ...common } = config;
  encoderConfig('vit_tiny', common);
  requireRotarySide('encoder', rotarySide);
  if (positionSide !== undefined) requireWhole('encoder', { positionSide }, ['positionSide']);
  if (version === '2') return config;
  const ascending =
    Array.isArray(normLayers) &&
    normLayers.every((layer, i) => Number.isInteger(layer) && layer > (normLayers[i - 1] ?? -1));
  if (!ascending || normLayers.at(-1) !== config.depth - 1) {
    throw new Error(
      `encoder config: normLayers ${JSON.stringify(normLayers)} of an encoder of ${config.depth} blocks; they are blocks in ` +
        `ascending order that end with the last, ${config.depth - 1}, and have a default for 12, 24, 40 and 48 blocks`,
    );
  }
  return config;
}
