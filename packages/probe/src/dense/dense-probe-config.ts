import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import { definedFields, fillTruncatedNormal, type Overrides, type ParameterShapes } from '@vjepa/vit';
import { checkWhole } from '../check-config.js';

/** A linear layer on the features of patches: which patches, and what it says of their pixels. */
export type DenseProbeConfig = SegmentationProbeConfig | DepthProbeConfig;

/** What both kinds have. */
export interface DensePatches {
  /** D, the width of the features. */
  embedDim: number;
  /** Rows and columns of the patches that it is trained on. */
  grid: { height: number; width: number };
  /** Whether each feature is normalised over the batch (BatchNorm) before the layer. */
  norm: boolean;
}

/** The class of each pixel. */
export interface SegmentationProbeConfig extends DensePatches {
  task: 'segmentation';
  classes: number;
}

/** The depth of each pixel, in metres. */
export interface DepthProbeConfig extends DensePatches {
  task: 'depth';
  minDepth: number;
  maxDepth: number;
  /**
   * K depths at equal distances, from the least to the largest, of which a pixel's is a mean with weights (AdaBins, Bhat et al.
   * 2021, with uniform bins); 0: the layer says the depth itself.
   */
  bins: number;
  /** How many times finer than the patches the scores are before they become weights. */
  upsampling: number;
}

/** @throws Error if a size is no whole number of at least 1 */
export function segmentationProbeConfig(
  { embedDim, grid }: Pick<DensePatches, 'embedDim' | 'grid'>,
  classes: number,
  { norm = true }: { norm?: boolean | undefined } = {},
): SegmentationProbeConfig {
  const config: SegmentationProbeConfig = { task: 'segmentation', embedDim, grid, norm, classes };
  checkPatches(config);
  checkWhole('segmentation probe', config, ['classes']);
  return config;
}

/**
 * A depth probe as DINOv2 trains it (Oquab et al. 2023, section 7.4): BatchNorm, 256 bins up to 10 metres, scores four times as
 * fine as the patches.
 *
 * @throws Error if a size is no whole number of at least 1, or the depths are no range above 0
 */
export function depthProbeConfig(
  { embedDim, grid }: Pick<DensePatches, 'embedDim' | 'grid'>,
  overrides: Overrides<Omit<DepthProbeConfig, 'task' | 'embedDim' | 'grid'>> = {},
): DepthProbeConfig {
  const config: DepthProbeConfig = {
    ...{ task: 'depth', embedDim, grid, norm: true },
    ...{ minDepth: 1e-3, maxDepth: 10, bins: 256, upsampling: 4 },
    ...definedFields(overrides),
  };
  checkPatches(config);
  checkWhole('depth probe', { ...config, bins: config.bins + 1 }, ['bins', 'upsampling']);
  const { minDepth, maxDepth, bins } = config;
  if (!(minDepth > 0 && maxDepth > minDepth)) {
    throw new Error(`depth probe config: depths from ${minDepth} to ${maxDepth}; expected a range above 0`);
  }
  if (bins === 1) throw new Error('depth probe config: bins is 1; it must be at least 2, or 0 for none');
  return config;
}

function checkPatches(config: DensePatches): void {
  checkWhole('dense probe', config, ['embedDim']);
  checkWhole("dense probe's grid", config.grid, ['height', 'width']);
}

/** What the layer gives of each patch. */
export function denseProbeOutputs(config: DenseProbeConfig): number {
  return config.task === 'segmentation' ? config.classes : Math.max(1, config.bins);
}

/** Names and shapes of the parameters that are trained: PyTorch's of a BatchNorm `norm` and a Linear `linear`. */
export function denseProbeParameterShapes(config: DenseProbeConfig): ParameterShapes {
  const [D, C] = [config.embedDim, denseProbeOutputs(config)];
  const shapes: ParameterShapes = new Map();
  if (config.norm) shapes.set('norm.weight', [D]).set('norm.bias', [D]);
  return shapes.set('linear.weight', [C, D]).set('linear.bias', [C]);
}

/** A fresh probe: the layer normal with deviation 0.01, its bias 0, the norm 1 and 0. */
export function initializeDenseProbe(config: DenseProbeConfig, random: RandomGenerator): Record<string, FloatTensor> {
  const parameters: Record<string, FloatTensor> = {};
  for (const [name, shape] of denseProbeParameterShapes(config)) {
    const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
    if (name === 'linear.weight') fillTruncatedNormal(data, 0.01, random);
    if (name === 'norm.weight') data.fill(1);
    parameters[name] = { shape, data };
  }
  return parameters;
}
