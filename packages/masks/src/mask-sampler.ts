import type { RandomGenerator } from '@vjepa/random';
import { MaskSettingsError } from './mask-settings-error.js';
import { sampleMultiBlock } from './multi-block.js';
import { type MultiBlockSettings, validateMultiBlock } from './multi-block-settings.js';
import { type RandomTubeSettings, sampleRandomTube, validateRandomTube } from './random-tube.js';
import type { SampleMask } from './sample-mask.js';
import { type TokenGrid, validateGrid } from './token-grid.js';
import type { MaskPair } from './token-mask.js';
import { type Truncation, truncateMasks } from './truncate-masks.js';

/** One mask setting; each draws its own pair of masks for the batch. */
export type MaskSettings = MultiBlockSettings | RandomTubeSettings;

interface CommonOptions {
  grid: TokenGrid;
  /** Which tokens stay when a batch is cut to its shortest sample; `raster`, the reference's way, if left out. */
  truncation?: Truncation | undefined;
  /**
   * The batch whose shortest sample sets the length: the reference's batch per device, 24 at 224² and 10 at 384². A
   * smaller batch then sees masks as short as the reference's: the whole group is drawn, and its first `batchSize`
   * samples are returned. The batch itself if left out.
   */
  groupSize?: number | null | undefined;
}

/** What {@link createMaskSampler} takes. */
export type MaskSamplerOptions =
  | (CommonOptions & { kind: 'multiblock3d'; masks: readonly MultiBlockSettings[] })
  | (CommonOptions & { kind: 'random_tube'; masks: readonly RandomTubeSettings[] });

/** What {@link MaskSampler.sample} takes. */
export interface MaskRequest {
  /** Samples B in the batch. */
  batchSize: number;
  /** The call's number 0, 1, 2, …, which seeds the block size. Random tubes do not use it. */
  call: number;
  /** Draws block places (torch's global generator in the reference) or tubes (numpy's). */
  random: RandomGenerator;
}

/** Draws the masks of a batch. It holds no state: equal requests give equal masks. */
export interface MaskSampler {
  /**
   * One pair of masks per setting, in order, all drawn from one stream: context [B, Kc] and target [B, Kt], where Kc
   * and Kt are the lengths of the group's shortest sample and differ from call to call.
   *
   * @throws MaskSettingsError when `batchSize` or `call` is out of range, or no context can be found
   */
  sample(request: MaskRequest): MaskPair[];
}

/**
 * A sampler of multi-block or random-tube masks (V-JEPA, section 3.2), equal index for index to the reference's when
 * `random` is a `mersenneTwister` of @vjepa/random with the reference's seed.
 *
 * @throws MaskSettingsError that names the first setting with which masks cannot be drawn
 */
export function createMaskSampler(options: MaskSamplerOptions): MaskSampler {
  validateOptions(options);
  const { groupSize, truncation = 'raster' } = options;
  return {
    sample({ batchSize, call, random }) {
      validateRequest(batchSize, call, groupSize);
      const request = { batchSize: groupSize ?? batchSize, call, random };
      const drawn = options.masks.map((settings, index) => ({
        settings,
        samples: drawSamples(options, index, request),
      }));
      return drawn.map(({ settings, samples }) => {
        const maxKeep = 'maxKeep' in settings ? settings.maxKeep : null;
        return truncateMasks(samples, batchSize, { truncation, maxKeep, random });
      });
    },
  };
}

function drawSamples(options: MaskSamplerOptions, index: number, request: MaskRequest): SampleMask[] {
  const { grid } = options;
  const { batchSize: samples, call, random } = request;
  if (options.kind === 'random_tube') return sampleRandomTube(grid, options.masks[index]!, samples, random);
  return sampleMultiBlock({ grid, settings: options.masks[index]!, name: `masks[${index}]`, samples, call, random });
}

function validateOptions(options: MaskSamplerOptions): void {
  const { grid, kind, masks, truncation, groupSize } = options;
  validateGrid(grid);
  if (kind !== 'multiblock3d' && kind !== 'random_tube') {
    throw new MaskSettingsError('kind', kind, "'multiblock3d' or 'random_tube'", 'choose one of the two');
  }
  if (truncation !== undefined && truncation !== 'raster' && truncation !== 'random') {
    throw new MaskSettingsError('truncation', truncation, "'raster' or 'random'", 'leave it out for the reference');
  }
  if (groupSize != null && !(Number.isInteger(groupSize) && groupSize >= 1)) {
    throw new MaskSettingsError('groupSize', groupSize, 'a positive integer', 'leave it out for the batch itself');
  }
  if (!Array.isArray(masks) || masks.length === 0) {
    throw new MaskSettingsError('masks', masks, 'at least one mask setting', 'the reference uses two multi-block ones');
  }
  if (kind === 'random_tube') {
    for (const [index, mask] of masks.entries()) validateRandomTube(grid, mask, `masks[${index}]`);
  } else {
    for (const [index, mask] of masks.entries()) validateMultiBlock(grid, mask, `masks[${index}]`);
  }
}

function validateRequest(batchSize: number, call: number, groupSize: number | null | undefined): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new MaskSettingsError('batchSize', batchSize, 'a positive integer', 'draw masks for at least one sample');
  }
  if (groupSize != null && batchSize > groupSize) {
    throw new MaskSettingsError(
      'batchSize',
      batchSize,
      `at most groupSize, ${groupSize}`,
      'samples of different groups have masks of different lengths; draw per micro-batch, or raise or drop groupSize',
    );
  }
  if (!Number.isSafeInteger(call) || call < 0) {
    throw new MaskSettingsError('call', call, 'an integer from 0 on', 'count the calls, or pass the training step');
  }
}
