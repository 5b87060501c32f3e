import type { DeviceDescription } from './pjrt/device.js';
import { XlaError } from './xla-error.js';

/**
 * How many processes devices that share a step are of.
 *
 * @throws XlaError `invalid-argument` where none is of this process, there are more of one than of another, or those of one do
 *   not follow each other
 */
export function hostsOf(
  devices: readonly (Pick<DeviceDescription, 'processIndex'> & { readonly isAddressable: boolean })[],
): number {
  const of = devices.map(({ processIndex }) => processIndex);
  const hosts = [...new Set(of)];
  const each = devices.length / hosts.length;
  const fits = Number.isInteger(each) && of.every((host, i) => host === hosts[Math.floor(i / each)]);
  if (!fits || !devices.some(({ isAddressable }) => isAddressable)) {
    throw new XlaError(
      'invalid-argument',
      `devices of processes ${of.join(', ')} cannot share a step: it takes as many of each process, one's after the other's, ` +
        'and some of this one',
    );
  }
  return hosts.length;
}
