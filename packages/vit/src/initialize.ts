import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import { type EncoderConfig, tokenGrid } from './encoder-config.js';
import { encoderParameterShapes, type ParameterShapes, predictorParameterShapes } from './parameter-shapes.js';
import { positionEmbedding2d, positionEmbedding3d } from './position-embedding.js';
import type { PredictorConfig } from './predictor-config.js';
import { fillTruncatedNormal } from './truncated-normal.js';

/** Of the published models, whatever their width. */
const STANDARD_DEVIATION = 0.02;
/** ViT-L's, the model that the published deviation suits. */
const PUBLISHED_WIDTH = 1024;

/** How first weights are scaled. */
export interface InitializeOptions {
  /**
   * Divide the last layer of each residual branch (`attn.proj`, `mlp.fc2`) of block l = 1, 2, ... by sqrt(2 l).
   * V-JEPA's code asks for it but loses it to a second initialisation before pretraining, so it is off by default;
   * V-JEPA 2 has it on.
   */
  depthRescale?: boolean | undefined;
  /**
   * Of the normal distribution that weights are drawn from. Default 0.02, as published. `by width`: 0.02 * sqrt(1024 / D),
   * with which a layer's output is as large beside its input as in ViT-L; with 0.02 itself a narrow encoder starts out nearly
   * linear, its attention even, and takes long to leave that.
   */
  deviation?: InitialDeviation | undefined;
}

/** Of first weights; see {@link InitializeOptions}. */
export type InitialDeviation = number | 'by width';

/**
 * Freshly drawn parameters of an encoder as pretraining starts from: weights normal with deviation 0.02 unless told
 * otherwise, biases 0, layer norms 1 and 0, the sine-cosine position table. Drawn in state dict order, one draw per weight.
 */
export function initializeEncoder(
  config: EncoderConfig,
  random: RandomGenerator,
  options: InitializeOptions = {},
): Record<string, FloatTensor> {
  return initialize(encoderParameterShapes(config), random, scaledTo(config, options), (name) =>
    name === 'pos_embed' ? positionTable(config).data : undefined,
  );
}

/** Freshly drawn parameters of a predictor; the mask tokens start at zero unless the config says otherwise. */
export function initializePredictor(
  config: PredictorConfig,
  random: RandomGenerator,
  options: InitializeOptions = {},
): Record<string, FloatTensor> {
  return initialize(predictorParameterShapes(config), random, scaledTo(config, options), (name, size) => {
    if (name === 'predictor_pos_embed') return positionTable(config).data;
    if (name.startsWith('mask_tokens.') && config.zeroInitMaskTokens) return new Float32Array(size);
    return undefined;
  });
}

/** The position table a model is made with: [N, D], two-dimensional for image models. */
export function positionTable(config: EncoderConfig | PredictorConfig) {
  const grid = tokenGrid(config);
  return config.numFrames > 1
    ? positionEmbedding3d(config.embedDim, grid, { uniformPower: config.uniformPower })
    : positionEmbedding2d(config.embedDim, grid);
}

/** The options with the deviation as a number, for a model of this width. */
export function scaledTo({ embedDim }: { embedDim: number }, options: InitializeOptions): ScaledOptions {
  const byWidth = STANDARD_DEVIATION * Math.sqrt(PUBLISHED_WIDTH / embedDim);
  return { ...options, deviation: options.deviation === 'by width' ? byWidth : options.deviation };
}

type ScaledOptions = Omit<InitializeOptions, 'deviation'> & { deviation?: number | undefined };

/** Parameters of these shapes, drawn in their order; `special` gives those that are not drawn like weights. */
export function initialize(
  shapes: ParameterShapes,
  random: RandomGenerator,
  { depthRescale = false, deviation = STANDARD_DEVIATION }: ScaledOptions,
  special: (name: string, size: number) => Float32Array | undefined,
): Record<string, FloatTensor> {
  const parameters: Record<string, FloatTensor> = {};
  for (const [name, shape] of shapes) {
    const size = shape.reduce((product, length) => product * length, 1);
    parameters[name] = {
      shape,
      data: special(name, size) ?? initialValues(name, shape.length, size, random, { depthRescale, deviation }),
    };
  }
  return parameters;
}

function initialValues(
  name: string,
  rank: number,
  size: number,
  random: RandomGenerator,
  { depthRescale, deviation }: { depthRescale: boolean; deviation: number },
) {
  const values = new Float32Array(size);
  if (name.endsWith('.bias')) return values;
  if (rank === 1) return values.fill(1);
  const block = /blocks\.(\d+)\.(?:attn\.proj|mlp\.fc2)\.weight$/.exec(name);
  const scale = depthRescale && block !== null ? 1 / Math.sqrt(2 * (Number(block[1]) + 1)) : 1;
  fillTruncatedNormal(values, deviation * scale, random);
  return values;
}
