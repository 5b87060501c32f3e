import { hostname, networkInterfaces } from 'node:os';
import { HostsError } from '../hosts-error.js';
import { isLoopback } from '../share/address.js';

/** Where one process of a run is to be started. */
export interface LaunchHost {
  index: number;
  /** As it was given: what ssh takes. */
  name: string;
  isLocal: boolean;
  localIndex: number;
  localCount: number;
}

/**
 * The hosts of `3`, processes on this machine, or of `a,b,c`, of which those that are this machine need no ssh. A name
 * that comes twice has two processes.
 *
 * @throws HostsError `settings` for no number from 1 and no names
 */
export function launchHosts(hosts: number | string | readonly string[]): LaunchHost[] {
  const names = namesOf(hosts);
  const machines = names.map((name) => (isThisMachine(name) ? '' : name));
  return names.map((name, index) => ({
    index,
    name,
    isLocal: machines[index] === '',
    localIndex: machines.slice(0, index).filter((machine) => machine === machines[index]).length,
    localCount: machines.filter((machine) => machine === machines[index]).length,
  }));
}

/** The address of host 0, as the others reach it. */
export function coordinatorAddress(hosts: readonly LaunchHost[]): string {
  if (hosts.every(({ name, isLocal }) => isLocal || isLoopback(withoutUser(name)))) return '127.0.0.1';
  const address = withoutUser(hosts[0]?.name ?? '');
  return isLoopback(address) ? hostname() : address;
}

function namesOf(hosts: number | string | readonly string[]): string[] {
  const isCount = typeof hosts === 'number' || (typeof hosts === 'string' && /^\s*-?\d+\s*$/.test(hosts));
  const count = Number(hosts);
  if (isCount && Number.isInteger(count) && count >= 1 && count <= 1024) return Array<string>(count).fill('localhost');
  const names = isCount ? [] : typeof hosts === 'string' ? hosts.split(',') : [...(hosts as string[])];
  const trimmed = names.map((name) => name.trim());
  // What begins with a dash would be an option of ssh.
  const isName = (name: string) => /^[\w.:%@][\w.:%@-]*$/.test(name);
  if (trimmed.length > 0 && trimmed.every(isName)) return trimmed;
  throw new HostsError({
    code: 'settings',
    subject: 'hosts',
    expected: 'how many processes on this machine, 1 to 1024, or names of machines such as node1,node2',
    found: JSON.stringify(hosts),
    remedy: 'name those that ssh reaches',
  });
}

function isThisMachine(name: string): boolean {
  if (name.includes('@')) return false;
  const own = hostname();
  if (isLoopback(name) || name === own || name === own.split('.')[0]) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === name));
}

function withoutUser(name: string): string {
  return name.slice(name.indexOf('@') + 1);
}
