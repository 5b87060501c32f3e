import type { Recompute } from '@vjepa/vit';
import type { Accelerator } from './accelerators.js';
import type { ScaleAssumptions } from './assumptions.js';
import { exchangeSeconds, exposedSeconds, type Links, slowestLink } from './exchange-time.js';
import type { Exchange } from './exchanges.js';
import type { PassWork, StepWork } from './step-work.js';

/** A step's time, in seconds, and what of it is which. */
export interface ScaledStep {
  seconds: number;
  productSeconds: number;
  attentionSeconds: number;
  /** Of kernels that are bound by memory, AdamW and the moving average among them. */
  memorySeconds: number;
  /** Of exchanges that nothing hides. */
  exposedSeconds: number;
  /** Operations that the model needs, all devices together, without padding and whatever is computed again. */
  modelFlops: number;
  /** The share of the devices' peak that this is, 0..1 (MFU). */
  modelUtilization: number;
  /** The same of all products and attention that are computed. */
  computedUtilization: number;
}

/** What devices exchange in a step. */
export interface ScaledExchanges {
  all: (Exchange & { seconds: number })[];
  bytes: number;
  /** On the links, if nothing else were on them. */
  seconds: number;
  /** The share that computing hides, 0..1. */
  hiddenShare: number;
  slowestLink: 'within hosts' | 'between hosts';
  /** What a device can send over it. */
  linkBytesPerSecond: number;
}

/** What a step runs on. */
export interface ScaledMachine {
  device: Accelerator;
  links: Links;
  assumptions: ScaleAssumptions;
  precision: 'float32' | 'bfloat16';
  recompute: Recompute;
}

/**
 * A step's time on devices: products and attention at shares of the peak, all else at a share of the memory's bandwidth, one after the
 * other, and of the exchanges what is not hidden.
 *
 * @param optimizerBytes that each device reads and writes for the update
 */
export function scaledStep(
  work: StepWork,
  exchanged: readonly Exchange[],
  optimizerBytes: number,
  machine: ScaledMachine,
): { step: ScaledStep; exchanges: ScaledExchanges } {
  const { device, links, assumptions, precision, recompute } = machine;
  const [target, trained] = [passSeconds(work.target, machine), passSeconds(work.trained, machine)];
  const update = optimizerBytes / (assumptions.memory * device.memoryBytesPerSecond);
  const timed = exchanged.map((each) => ({ ...each, seconds: exchangeSeconds(each, links, assumptions) }));
  const passes = secondsOf(target) + secondsOf(trained);
  const exposed = exposedSeconds(timed, { backward: BACKWARD_SHARE[recompute] * secondsOf(trained), passes });
  const onLinks = timed.reduce((sum, each) => sum + each.seconds, 0);
  const seconds = passes + update + exposed;
  const peak = links.devices * device.peakFlops[precision];
  const link = slowestLink(links);
  return {
    step: {
      seconds,
      productSeconds: target.products + trained.products,
      attentionSeconds: target.attention + trained.attention,
      memorySeconds: target.memory + trained.memory + update,
      exposedSeconds: exposed,
      modelFlops: work.modelFlops,
      modelUtilization: work.modelFlops / (seconds * peak),
      computedUtilization: (flopsOf(work.target) + flopsOf(work.trained)) / (seconds * peak),
    },
    exchanges: {
      all: timed,
      bytes: timed.reduce((sum, { bytes }) => sum + bytes, 0),
      seconds: onLinks,
      hiddenShare: onLinks === 0 ? 1 : 1 - exposed / onLinks,
      ...{ slowestLink: link.name, linkBytesPerSecond: link.bytesPerSecond },
    },
  };
}

/** Of the time of forward and backward passes, those backward, blocks that are computed again with them. */
const BACKWARD_SHARE: Readonly<Record<Recompute, number>> = { none: 2 / 3, elementwise: 2 / 3, block: 3 / 4 };

interface PassSeconds {
  products: number;
  attention: number;
  memory: number;
}

/** Each device has its part of the clips. */
function passSeconds(work: PassWork, { device, links, assumptions, precision }: ScaledMachine): PassSeconds {
  const flopsPerSecond = links.devices * device.peakFlops[precision];
  return {
    products: work.productFlops / (assumptions.products * flopsPerSecond),
    attention:
      work.attentionFlops / (assumptions.attention * flopsPerSecond) +
      work.predictorAttentionFlops / (assumptions.predictorAttention * flopsPerSecond),
    memory: work.otherBytes / (links.devices * assumptions.memory * device.memoryBytesPerSecond),
  };
}

function secondsOf({ products, attention, memory }: PassSeconds): number {
  return products + attention + memory;
}

function flopsOf({ productFlops, attentionFlops, predictorAttentionFlops }: PassWork): number {
  return productFlops + attentionFlops + predictorAttentionFlops;
}
