import { HostsError } from '../hosts-error.js';
import { addressOf, isLoopback } from './address.js';
import { Gathers } from './gathers.js';
import { KeyValueStore } from './key-value-store.js';
import type { Message, ToCoordinator, ToHost } from './message.js';
import { type JoinMessage, refusalOf } from './refusal.js';

/** How long the last words to a host are waited for. */
const LAST_WORDS_MS = 500;
/** How often hosts hear whom they wait for. */
const TELL_MS = 1000;

/** The coordinator's way to a host. */
export interface HostLink {
  send(message: Message<ToHost>): void;
  /** Resolves when what was sent is on its way. */
  flushed(): Promise<unknown>;
  /** Ends the stream after what was sent. */
  close(): void;
}

/** What arrives from a host. */
export interface HostInbox {
  receive(message: Message<ToCoordinator>): void;
  /** The stream has ended, and why. */
  broke(reason: string): void;
}

export interface CoordinatorSettings {
  count: number;
  version: string;
  token: string;
  /** `address:port`, as hosts know it. */
  address: string;
  announce(line: string): void;
}

interface Member {
  index: number;
  link: HostLink;
  peer: string;
  /** For people: which process it is. */
  name: string;
  state: 'joined' | 'left' | 'lost';
}

/** What host 0 keeps for all: who is there, gathers under way, the store. Knows links, not sockets. */
export class Coordinator {
  readonly #settings: CoordinatorSettings;
  readonly #members: (Member | undefined)[];
  readonly #gathers: Gathers;
  readonly #store = new KeyValueStore();
  #started = false;
  #telling: NodeJS.Timeout | undefined;
  #broken: HostsError | undefined;
  /** Resolves when all others know of what broke the share. */
  #told: Promise<unknown> = Promise.resolve();

  constructor(settings: CoordinatorSettings) {
    this.#settings = settings;
    this.#members = Array<undefined>(settings.count).fill(undefined);
    this.#gathers = new Gathers(settings.count);
  }

  /** Takes a new stream; the host behind it has to join first. */
  accept(link: HostLink, peer: string): HostInbox {
    let member: Member | undefined;
    return {
      receive: (message) => {
        const { header } = message;
        if (member !== undefined) this.#receive(member, message);
        else if (header.type === 'join') member = this.#join(link, peer, header);
        else link.close();
      },
      broke: (reason) => {
        if (member?.state === 'joined') this.#lose(member, reason);
      },
    };
  }

  #join(link: HostLink, peer: string, join: JoinMessage): Member | undefined {
    const { announce, address } = this.#settings;
    const present = this.#members[join.index]?.name;
    const refusal = refusalOf(join, { ...this.#settings, peer, present, broken: this.#broken });
    if (refusal !== undefined) {
      const { error, again, endsAll } = refusal;
      link.send({ header: { type: 'refused', problem: error.toProblem(), again } });
      link.close();
      if (!again) announce(`refused a process from ${peer}: ${error.message}`);
      if (endsAll && !this.#started) this.#break(error);
      return undefined;
    }
    const name = `host ${join.index} (${join.machine}, process ${join.pid})`;
    const member: Member = { index: join.index, link, peer, name, state: 'joined' };
    this.#members[join.index] = member;
    const missing = this.#missing();
    if (missing.length > 0) {
      link.send({ header: { type: 'waiting', missing } });
      this.#tellMissing();
      return member;
    }
    this.#started = true;
    const own = addressOf(address);
    const addresses = this.#all().map(({ peer, index }) => (index === 0 || isLoopback(peer) ? own : peer));
    this.#sendAll({ header: { type: 'start', addresses } });
    return member;
  }

  /** Once a second: of hundreds of hosts all would hear of each. */
  #tellMissing(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      if (!this.#started) this.#sendAll({ header: { type: 'waiting', missing: this.#missing() } });
    }, TELL_MS);
  }

  #missing(): number[] {
    return [...this.#members.keys()].filter((index) => this.#members[index] === undefined);
  }

  #receive(member: Member, { header, body = new Uint8Array() }: Message<ToCoordinator>): void {
    const { link } = member;
    if (header.type === 'leave') this.#leave(member);
    else if (header.type === 'fail') this.#fail(member, header.code, header.message);
    else if (this.#broken !== undefined) return;
    else if (header.type === 'gather') this.#gather(member, header.name, body);
    else if (header.type === 'set') {
      this.#store.set(header.key, body);
      link.send({ header: { type: 'stored', id: header.id } });
    } else if (header.type === 'get') {
      const { id, key, timeoutMs } = header;
      this.#store.get(key, timeoutMs, (value) => {
        link.send({ header: { type: 'value', id, found: value !== undefined }, body: value });
      });
    }
  }

  #gather(member: Member, name: string, body: Uint8Array): void {
    this.#inStep(() => {
      const values = this.#gathers.add(member.index, name, body);
      if (values !== undefined) this.#sendAll({ header: { type: 'gathered' }, body: values });
      for (const { index } of this.#all().filter(({ state }) => state === 'left')) this.#gathers.requireNone(index);
    });
  }

  #leave(member: Member): void {
    member.state = 'left';
    if (this.#broken !== undefined) {
      this.#close(member);
      return;
    }
    this.#inStep(() => this.#gathers.requireNone(member.index));
    if (this.#started && this.#all().every(({ state }) => state === 'left')) {
      for (const each of this.#all().reverse()) this.#close(each);
    }
  }

  #inStep(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof HostsError)) throw error;
      this.#break(error);
    }
  }

  #fail(member: Member, code: 'host-failed' | 'host-lost', message: string): void {
    member.state = 'lost';
    const { index, name } = member;
    const remedy = code === 'host-lost' ? 'start the run again' : 'mend that, then start the run again';
    const error = new HostsError({ code, subject: name, problem: message, remedy, host: index });
    if (index !== 0) this.#close(member);
    this.#break(error, [member.link.flushed()]);
    if (index === 0) this.#close(member);
  }

  #lose(member: Member, reason: string): void {
    member.state = 'lost';
    this.#break(
      new HostsError({
        code: 'host-lost',
        subject: member.name,
        problem: `is lost: ${reason}`,
        remedy: 'look at its output for the cause, and start the run again',
        host: member.index,
      }),
    );
  }

  /** Ends the share: tells all, this machine's own host last, because its end may be the coordinator's. */
  #break(error: HostsError, alsoSent: readonly Promise<unknown>[] = []): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    const tell = (member: Member) => {
      // One that left, and should not have, hears that; for others that left nothing is wrong.
      const isTold = member.state === 'joined' || (member.state === 'left' && error.code === 'out-of-step');
      if (isTold) member.link.send({ header: { type: 'broken', problem: error.toProblem() } });
      else if (member.state === 'left') member.link.send({ header: { type: 'closed' } });
    };
    const others = this.#all().filter(({ index }) => index !== 0);
    for (const other of others) tell(other);
    const sent = others.filter(({ state }) => state !== 'lost').map(({ link }) => link.flushed());
    this.#told = Promise.race([
      Promise.all([...sent, ...alsoSent]),
      new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS)),
    ]);
    void this.#told.then(() => this.#members[0] && tell(this.#members[0]));
  }

  #close(member: Member): void {
    const close = () => member.link.send({ header: { type: 'closed' } });
    if (member.index === 0) void this.#told.then(close);
    else close();
  }

  #all(): Member[] {
    return this.#members.filter((member) => member !== undefined);
  }

  #sendAll(message: Message<ToHost>): void {
    for (const { link, state } of this.#all()) if (state !== 'lost') link.send(message);
  }
}
