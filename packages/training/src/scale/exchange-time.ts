import type { ScaleAssumptions } from './assumptions.js';
import type { Exchange } from './exchanges.js';

/** The links that devices exchange over, bytes a second in one direction. */
export interface Links {
  devices: number;
  devicesPerHost: number;
  /** A device's, to the others of its host. */
  linkBytesPerSecond: number;
  /** A device's share of its host's network. */
  networkBytesPerSecond: number;
}

/** The link that limits exchanges, and what a device can send over it: of hosts' networks all that a host has. */
export function slowestLink({ devices, devicesPerHost, linkBytesPerSecond, networkBytesPerSecond }: Links): {
  name: 'within hosts' | 'between hosts';
  bytesPerSecond: number;
} {
  // NCCL's rings go through every device of a host and leave it by one of them, each ring by another network card.
  const ofHost = devicesPerHost * networkBytesPerSecond;
  return devices > devicesPerHost && ofHost < linkBytesPerSecond
    ? { name: 'between hosts', bytesPerSecond: ofHost }
    : { name: 'within hosts', bytesPerSecond: linkBytesPerSecond };
}

/**
 * Seconds that exchanges of a kind take when nothing else is on the links: each device sends (n - 1) / n of the bytes, in an all-reduce
 * twice (the bus bandwidth of NCCL's tests), and each exchange has log2(n) stages.
 */
export function exchangeSeconds(
  { kind, bytes, count }: Exchange,
  links: Links,
  { links: share, stageSeconds }: Pick<ScaleAssumptions, 'links' | 'stageSeconds'>,
): number {
  const { devices: n } = links;
  if (n === 1) return 0;
  const times = kind === 'all-reduce' ? 2 : 1;
  const sent = (times * (n - 1) * bytes) / n;
  return sent / (share * slowestLink(links).bytesPerSecond) + times * count * Math.ceil(Math.log2(n)) * stageSeconds;
}

/** Seconds of computing beside which a step's exchanges may run. */
export interface Windows {
  /** Of backward passes, for gradients. */
  backward: number;
  /** Of all passes, for weights that are gathered. */
  passes: number;
}

/**
 * Seconds that a step waits for its exchanges: what does not fit beside the computing, and at least the last of the gradients'
 * exchanges, which has nothing beside it, and the first gathering. That exchanges slow down what runs beside them is left out.
 */
export function exposedSeconds(timed: readonly (Exchange & { seconds: number })[], windows: Windows): number {
  const reduced = timed.filter(({ kind }) => kind !== 'all-gather');
  const gathered = timed.filter(({ kind }) => kind === 'all-gather');
  const seconds = (all: typeof timed) => all.reduce((sum, each) => sum + each.seconds, 0);
  const one = (all: typeof timed) => Math.max(0, ...all.map((each) => each.seconds / each.count));
  const beside = Math.min(seconds(reduced), windows.backward);
  return (
    Math.max(one(reduced), seconds(reduced) - windows.backward) +
    Math.max(one(gathered), seconds(gathered) - (windows.passes - beside))
  );
}
