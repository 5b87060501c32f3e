import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import {
  addBlockShapes,
  definedFields,
  fillTruncatedNormal,
  mlpHiddenDim,
  type Overrides,
  type ParameterShapes,
  positionEmbedding3d,
  type TokenGrid,
} from '@vjepa/vit';
import { checkHeads, checkWhole } from './check-config.js';

/** A decoder of features to pixels: what it decodes, and the transformer that does. */
export interface PixelDecoderConfig {
  /** E, the width of the features. */
  featureDim: number;
  /** The tokens of the clips: places are counted in it. */
  grid: TokenGrid;
  /** Side of a token's patch, in pixels. */
  patchSize: number;
  /** Frames of a token. */
  tubeletSize: number;
  /** D, the width of the decoder's own tokens. */
  embedDim: number;
  /** Number of transformer blocks. */
  depth: number;
  numHeads: number;
  mlpRatio: number;
  layerNormEpsilon: number;
}

/** What a decoder is made for. */
export type DecodedTokens = Pick<PixelDecoderConfig, 'featureDim' | 'grid' | 'patchSize' | 'tubeletSize'>;

/**
 * The configuration of a decoder of a clip's tokens: six blocks, 384 wide.
 *
 * @throws Error if a size is no whole number of at least 1, or the heads do not divide the width
 */
export function pixelDecoderConfig(
  { featureDim, grid, patchSize, tubeletSize }: DecodedTokens,
  overrides: Overrides<Omit<PixelDecoderConfig, keyof DecodedTokens>> = {},
): PixelDecoderConfig {
  const config: PixelDecoderConfig = {
    ...{ featureDim, grid, patchSize, tubeletSize },
    ...{ embedDim: 384, depth: 6, numHeads: 6, mlpRatio: 4, layerNormEpsilon: 1e-6 },
    ...definedFields(overrides),
  };
  checkWhole('pixel decoder', config, ['featureDim', 'patchSize', 'tubeletSize', 'embedDim', 'depth', 'numHeads']);
  checkWhole("pixel decoder's grid", config.grid, ['depth', 'height', 'width']);
  checkHeads('pixel decoder', config);
  return config;
}

/** F, the values of a token's patch: tubelet * patch * patch * 3, in the order (frame, row, column, channel). */
export function patchValues({ tubeletSize, patchSize }: Pick<PixelDecoderConfig, 'tubeletSize' | 'patchSize'>): number {
  return tubeletSize * patchSize ** 2 * 3;
}

/** Names, shapes and order of a decoder's parameters; the table of positions, `pos_embed`, is not trained. */
export function pixelDecoderParameterShapes(config: PixelDecoderConfig): ParameterShapes {
  const { embedDim: D, featureDim: E, mlpRatio, grid } = config;
  const F = patchValues(config);
  const shapes: ParameterShapes = new Map([['pos_embed', [1, grid.depth * grid.height * grid.width, D]]]);
  const linear = (name: string, output: number, input: number) => {
    shapes.set(`${name}.weight`, [output, input]);
    shapes.set(`${name}.bias`, [output]);
  };
  linear('patch_embed', D, F);
  linear('feature_embed', D, E);
  linear('time_embed.fc1', D, D);
  linear('time_embed.fc2', D, D);
  for (let i = 0; i < config.depth; i++) addBlockShapes(shapes, `blocks.${i}`, D, mlpHiddenDim(D, mlpRatio));
  shapes.set('norm.weight', [D]);
  shapes.set('norm.bias', [D]);
  linear('patch_proj', F, D);
  return shapes;
}

/**
 * A fresh decoder: weights normal with deviation 0.02, the last of each residual branch of block l divided by sqrt(2 l),
 * biases 0, norms 1 and 0; the last layer is 0, so that it begins by answering with the mean colour.
 */
export function initializePixelDecoder(
  config: PixelDecoderConfig,
  random: RandomGenerator,
): Record<string, FloatTensor> {
  const parameters: Record<string, FloatTensor> = {};
  for (const [name, shape] of pixelDecoderParameterShapes(config)) {
    const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
    if (name === 'pos_embed') data.set(positionEmbedding3d(config.embedDim, config.grid, { uniformPower: true }).data);
    else if (shape.length > 1) {
      const block = /^blocks\.(\d+)\..*(proj|fc2)\.weight$/.exec(name);
      const deviation = 0.02 / Math.sqrt(block === null ? 1 : 2 * (Number(block[1]) + 1));
      if (name !== 'patch_proj.weight') fillTruncatedNormal(data, deviation, random);
    } else if (name.endsWith('.weight')) data.fill(1);
    parameters[name] = { shape, data };
  }
  return parameters;
}
