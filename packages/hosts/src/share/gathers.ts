import { HostsError } from '../hosts-error.js';

interface Gather {
  name: string;
  /** By host. */
  bodies: (Uint8Array | undefined)[];
}

/**
 * Gathers under way. The n-th gather of a host belongs to the n-th of every other, so that those that differ are found
 * by the first message.
 */
export class Gathers {
  readonly #count: number;
  readonly #calls: number[];
  #finished = 0;
  readonly #open: Gather[] = [];

  constructor(count: number) {
    this.#count = count;
    this.#calls = Array<number>(count).fill(0);
  }

  /**
   * Takes a host's value.
   *
   * @returns the JSON array of all values where this was the last, else undefined
   * @throws HostsError `out-of-step` where another host's call has another name
   */
  add(host: number, name: string, body: Uint8Array): Uint8Array | undefined {
    const at = this.#calls[host]! - this.#finished;
    this.#calls[host] = this.#calls[host]! + 1;
    const gather = this.#open[at] ?? { name, bodies: [] };
    this.#open[at] = gather;
    if (gather.name !== name) {
      throw outOfStep(`host ${host} gathers "${name}" where ${hostsOf(gather)} "${gather.name}"`, host);
    }
    gather.bodies[host] = body;
    if (calledBy(gather).length < this.#count) return undefined;
    this.#open.shift();
    this.#finished++;
    return asArray(gather.bodies as Uint8Array[]);
  }

  /** @throws HostsError `out-of-step` where hosts wait for a value of one that has left */
  requireNone(left: number): void {
    const gather = this.#open.find(({ bodies }) => bodies[left] === undefined);
    if (gather === undefined) return;
    throw outOfStep(`host ${left} left where ${hostsOf(gather)} "${gather.name}"`, left);
  }
}

function outOfStep(what: string, host: number): HostsError {
  return new HostsError({
    code: 'out-of-step',
    subject: 'hosts',
    problem: `${what}: they do not do the same`,
    remedy: 'start all with the same command, files and version',
    host,
  });
}

function calledBy({ bodies }: Gather): number[] {
  return [...bodies.keys()].filter((host) => bodies[host] !== undefined);
}

function hostsOf(gather: Gather): string {
  const hosts = calledBy(gather);
  return hosts.length === 1 ? `host ${hosts[0]} gathers` : `hosts ${hosts.join(', ')} gather`;
}

function asArray(bodies: readonly Uint8Array[]): Uint8Array {
  const comma = Buffer.from(',');
  return Buffer.concat([
    Buffer.from('['),
    ...bodies.flatMap((body, i) => (i === 0 ? [body] : [comma, body])),
    Buffer.from(']'),
  ]);
}
