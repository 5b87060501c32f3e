import {
  compareShapes,
  openSafetensors,
  readSafetensors,
  requireSameShapes,
  writeSafetensors,
} from '@vjepa/checkpoints';
import type { FloatTensor } from '@vjepa/engine';
import {
  type DenseProbeConfig,
  denseProbeParameterShapes,
  depthProbeConfig,
  segmentationProbeConfig,
} from '@vjepa/probe';
import { InputError, reasonOf, unfitSetting } from '@vjepa/training';
import type { Sides } from '@vjepa/video';
import { requireFinite } from '../checkpoint/require-finite.js';

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

/** What tells a file of a dense probe from others of safetensors. */
const FORMAT = 'vjepa-dense-probe';
const NO_PROBE = 'name the probe.safetensors that a dense evaluation has left';

/** Writes a probe with its configuration and what it was trained on. */
export async function saveDenseProbe(path: string, { config, parameters, training }: DenseProbe): Promise<void> {
  const metadata = { format: FORMAT, config: JSON.stringify(config), training: JSON.stringify(training) };
  await writeSafetensors(path, parameters, metadata);
}

/**
 * Reads a probe that `evaluateDense` has written.
 *
 * @throws InputError when the file holds something else, or lists every missing, unexpected and mis-shaped name;
 *   CheckpointError when it cannot be read
 */
export async function loadDenseProbe(path: string): Promise<DenseProbe> {
  if (typeof path !== 'string') throw unfitSetting('path', 'the file of a dense probe', path);
  const file = await openSafetensors(path).catch((cause: unknown) => {
    throw new InputError({ problem: reasonOf(cause), remedy: NO_PROBE, cause });
  });
  try {
    const { format, config: told, training } = file.metadata;
    if (format !== FORMAT || told === undefined || training === undefined) {
      throw new InputError({ subject: path, problem: 'is no dense probe', remedy: NO_PROBE });
    }
    const config = checked(JSON.parse(told) as DenseProbeConfig);
    const shapes = denseProbeParameterShapes(config);
    const D = config.embedDim;
    if (config.norm) shapes.set('norm.running_mean', [D]).set('norm.running_var', [D]);
    requireSameShapes(path, compareShapes(shapes, file.tensors));
    const parameters = (await readSafetensors(path)) as Record<string, FloatTensor>;
    requireFinite(path, parameters);
    return { config, parameters, training: JSON.parse(training) as DenseProbeOrigin };
  } finally {
    await file.close();
  }
}

function checked(config: DenseProbeConfig): DenseProbeConfig {
  if (config.task === 'segmentation') return segmentationProbeConfig(config, config.classes, config);
  const { norm, minDepth, maxDepth, bins, upsampling } = config;
  return depthProbeConfig(config, { norm, minDepth, maxDepth, bins, upsampling });
}
