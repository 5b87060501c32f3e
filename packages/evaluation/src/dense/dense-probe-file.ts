import type { FloatTensor } from '@vjepa/engine';
import {
  type DenseProbeConfig,
  denseProbeParameterShapes,
  depthProbeConfig,
  segmentationProbeConfig,
} from '@vjepa/probe';
import type { Sides } from '@vjepa/video';
import { readTrained, type TrainedFileKind, writeTrained } from '../checkpoint/trained-file.js';

/** A trained probe in memory. */
export interface DenseProbe {
  config: DenseProbeConfig;
  /**
   * `linear.weight` [C, D], `linear.bias`, and where it has a norm `norm.weight`, `norm.bias`, `norm.running_mean` and
   * `norm.running_var`: what PyTorch's modules of these names load.
   */
  parameters: Record<string, FloatTensor>;
  training: DenseProbeOrigin;
}

/** What a probe was trained on. */
export interface DenseProbeOrigin {
  /** Digest of the encoder's parameters. */
  encoder: string;
  /** The block whose features it reads, counted from 1, and the pixels that the encoder sees at once. */
  layer: number;
  size: Sides;
  classNames: readonly string[] | undefined;
}

const FILES: TrainedFileKind<DenseProbeConfig> = {
  ...{ format: 'vjepa-dense-probe', name: 'a dense probe', isNone: 'is no dense probe' },
  remedy: 'name the probe.safetensors that a dense evaluation has left',
  shapesOf(told) {
    const config = checked(told);
    const shapes = denseProbeParameterShapes(config);
    const D = config.embedDim;
    if (config.norm) shapes.set('norm.running_mean', [D]).set('norm.running_var', [D]);
    return { config, shapes };
  },
};

/** Writes a probe with its configuration and what it was trained on. */
export function saveDenseProbe(path: string, probe: DenseProbe): Promise<void> {
  return writeTrained(path, FILES, probe);
}

/**
 * Reads a probe that `evaluateDense` has written.
 *
 * @throws InputError when the file holds something else, or lists every missing, unexpected and mis-shaped name;
 *   CheckpointError when it cannot be read
 */
export function loadDenseProbe(path: string): Promise<DenseProbe> {
  return readTrained(path, FILES);
}

function checked(config: DenseProbeConfig): DenseProbeConfig {
  if (config.task === 'segmentation') return segmentationProbeConfig(config, config.classes, config);
  const { norm, minDepth, maxDepth, bins, upsampling } = config;
  return depthProbeConfig(config, { norm, minDepth, maxDepth, bins, upsampling });
}
