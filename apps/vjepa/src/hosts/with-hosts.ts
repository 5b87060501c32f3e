import { setTimeout as sleep } from 'node:timers/promises';
import { type HostPlace, type Hosts, HostsError, hostPlace, joinHosts } from '@vjepa/hosts';
import { endProcess, TensorFlowError } from '@vjepa/tensorflow';
import { XlaError } from '@vjepa/xla';
import { reasonOf } from '../command-error.js';

/** How long a step that failed may have failed because another host is gone, which is noticed a little later. */
const NOTICED_MS = 15_000;

/**
 * Does what processes may share that `vjepa launch`, torchrun or SLURM started: joins the others, where there are any, and
 * leaves when all are done. Where another host is lost, this process ends at once with the code by which `launch` starts
 * all again; where this one fails, the others are told.
 *
 * @param newest says what can be gone on with when a host is lost
 * @throws HostsError where the others cannot be joined
 */
export async function withHosts<T>(newest: () => string, work: (hosts: Hosts | undefined) => Promise<T>): Promise<T> {
  const place = hostPlace();
  if (place === undefined) return work(undefined);
  showOwnGpu(place);
  const hosts = await joinHosts(place);
  hosts.onLost((error) => {
    process.stderr.write(`error: ${error.message}. ${newest()}\n`);
    endProcess(error.exitCode);
  });
  try {
    const result = await work(hosts);
    await hosts.leave();
    return result;
  } catch (error) {
    if (error instanceof TensorFlowError || error instanceof XlaError) await sleep(NOTICED_MS);
    await hosts.fail(error instanceof HostsError ? error : new Error(reasonOf(error)));
    throw error;
  }
}

/** Processes of one machine have a GPU each, in the order of those that are there. */
function showOwnGpu({ localIndex, localCount = 1 }: HostPlace): void {
  if (localIndex === undefined || localCount < 2) return;
  const shown = process.env.CUDA_VISIBLE_DEVICES;
  process.env.CUDA_VISIBLE_DEVICES = shown === undefined ? String(localIndex) : (shown.split(',')[localIndex] ?? '');
}
