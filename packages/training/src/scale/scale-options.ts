import { InputError } from '../input-error.js';
import { requireChoice, requireCounts, unfitSetting } from '../require-setting.js';
import { option, sentence } from '../sentence.js';
import { ACCELERATOR_NAMES, type AcceleratorName } from './accelerators.js';
import { SCALE_ASSUMPTIONS, type ScaleAssumptions } from './assumptions.js';
import { VIDEO_KINDS, type VideoKind } from './feeding.js';

/** Where a pretraining would run, and what is assumed of it. */
export interface ScaleOptions {
  /** Devices that share each batch. */
  devices: number;
  /** Default `h200`. */
  device?: AcceleratorName | (string & {}) | undefined;
  /** Default 8. */
  devicesPerHost?: number | undefined;
  /** Whether each device keeps a part of the state, as `openEngine({ shardState: true })`. Default false. */
  shardState?: boolean | undefined;
  /** Clips of a step, of all devices together; other clips of the settings become more in proportion. Default: the settings'. */
  batchSize?: number | undefined;
  /**
   * Clips whose shortest mask sets the length of all. Default: the whole batch, as a run has it here. The reference cuts each
   * device's masks by themselves, which leaves them longer.
   */
  maskGroup?: number | undefined;
  /** Of a device to the others of its host, in one direction. Default: the device's. */
  linkBytesPerSecond?: number | undefined;
  /** A device's share of its host's network, in one direction. Default: that of the machine it is sold in. */
  networkBytesPerSecond?: number | undefined;
  /** Steps of the whole run. Default: what the settings say, if they do. */
  steps?: number | undefined;
  /** What clips are cut from. Default `340x256`. */
  video?: VideoKind | (string & {}) | undefined;
  /** What is assumed otherwise than {@link SCALE_ASSUMPTIONS}. */
  assumptions?: Partial<ScaleAssumptions> | undefined;
}

/** Options with every default filled in but those that follow from the settings. */
export interface FilledScaleOptions extends ScaleOptions {
  device: AcceleratorName;
  devicesPerHost: number;
  shardState: boolean;
  video: VideoKind;
}

/**
 * Fills in what options leave open.
 *
 * @throws InputError naming the option that cannot be
 */
export function filledScaleOptions(options: ScaleOptions): FilledScaleOptions {
  const { devices, device = 'h200', devicesPerHost = 8, shardState = false, video = '340x256' } = options;
  const { batchSize, maskGroup, steps, linkBytesPerSecond, networkBytesPerSecond, assumptions = {} } = options;
  if (!(Number.isInteger(devices) && devices >= 1)) {
    throw new InputError({
      ...{ subject: option('devices'), expected: 'a whole number of at least 1', found: devices, code: 'setting' },
      remedy: 'say how many devices share each batch, such as 8',
    });
  }
  requireCounts({ devicesPerHost, batchSize, maskGroup, steps });
  requireChoice('device', device, ACCELERATOR_NAMES);
  requireChoice('video', video, VIDEO_KINDS);
  requireRates({ linkBytesPerSecond, networkBytesPerSecond, ...assumptions });
  if (devices > devicesPerHost && devices % devicesPerHost !== 0) {
    const wholeHosts = Math.ceil(devices / devicesPerHost) * devicesPerHost;
    throw new InputError({
      subject: option('devices'),
      expected: sentence`whole hosts of ${devicesPerHost} devices`,
      found: devices,
      remedy: sentence`take ${wholeHosts}, or another number of ${option('devicesPerHost')}`,
      code: 'setting',
    });
  }
  return {
    ...options,
    ...{ device: device as AcceleratorName, devicesPerHost, shardState, video: video as VideoKind },
  };
}

/** What may be more than 1. */
const RATES: ReadonlySet<string> = new Set([
  ...['linkBytesPerSecond', 'networkBytesPerSecond', 'stageSeconds', 'writeBytesPerSecond'],
]);

/** @throws InputError naming what is no rate above 0, or no share of one */
function requireRates(rates: Readonly<Record<string, number | undefined>>): void {
  for (const [name, rate] of Object.entries(rates)) {
    const isRate = RATES.has(name);
    if (!isRate && !Object.hasOwn(SCALE_ASSUMPTIONS, name)) {
      throw unfitSetting('assumptions', Object.keys(SCALE_ASSUMPTIONS).join(', '), name);
    }
    if (rate === undefined || (rate > 0 && rate <= (isRate ? Number.MAX_VALUE : 1))) continue;
    throw unfitSetting(name, isRate ? 'a number above 0' : 'a share above 0 and up to 1', rate);
  }
}

/** @throws InputError where devices and parts of an accumulation cannot share clips equally */
export function requireEqualShares(batchSize: number, devices: number, accumulationSteps: number): void {
  const shares = devices * accumulationSteps;
  if (batchSize % shares === 0) return;
  const parts = accumulationSteps === 1 ? '' : ` in ${accumulationSteps} parts each`;
  // Fewer than devices are what a device has, more likely.
  const each = batchSize < shares ? Math.ceil(batchSize / accumulationSteps) : Math.round(batchSize / shares);
  throw new InputError({
    subject: option('batchSize'),
    problem: sentence`${batchSize} clips a step cannot be shared equally by ${devices} devices${parts}: expected a multiple of ${shares}`,
    remedy: sentence`take ${each * shares} (${each * accumulationSteps} a device), or another number of ${option('devices')}`,
    code: 'setting',
  });
}
