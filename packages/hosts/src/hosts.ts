import type { HostsError } from './hosts-error.js';

/** Bytes under keys, kept at host 0. Of a key that is set twice the later value holds. */
export interface HostsStore {
  /** @throws HostsError `too-large` above 64 MB, or what ended the share */
  set(key: string, value: Uint8Array): Promise<void>;
  /**
   * Waits until the key is set.
   *
   * @throws HostsError `no-value` after `timeoutMs`, or what ended the share
   */
  get(key: string, timeoutMs: number): Promise<Uint8Array>;
  /** `set` that blocks this thread, for callbacks of native code. */
  setNow(key: string, value: Uint8Array): void;
  /** `get` that blocks this thread. */
  getNow(key: string, timeoutMs: number): Uint8Array;
  /** What the key holds now; blocks this thread. */
  tryGetNow(key: string): Uint8Array | undefined;
}

/** The processes that share a run, as one of them sees them. */
export interface Hosts {
  readonly index: number;
  readonly count: number;
  /** Under which each host is reached by the others, in order, without a port. */
  readonly addresses: readonly string[];
  /**
   * Every host's value, in their order. All hosts call it in the same order with the same names; what is under way at
   * the same time may be several.
   *
   * @param value of JSON, up to 64 MB; undefined arrives as null
   * @throws HostsError `out-of-step` on all hosts where names differ or one has left; `too-large`; or what ended the
   *   share
   */
  gather<T>(name: string, value: T): Promise<T[]>;
  readonly store: HostsStore;
  /**
   * Calls once when the share has ended by another host (`host-lost`, `host-failed`) or by a disagreement
   * (`out-of-step`); at once where that has happened. A process that is still there 45 s later, and has not called
   * `leave` or `fail`, is killed.
   */
  onLost(listener: (error: HostsError) => void): void;
  /**
   * Ends the share in order: waits until all hosts have left, or the share has ended otherwise. A process that ends
   * without it is lost to the others.
   *
   * @throws HostsError `out-of-step` where others still gather
   */
  leave(): Promise<void>;
  /**
   * Tells the others that this host ends by an error, and ends its share. Of an error that says that another host was
   * lost they hear that (`host-lost`).
   */
  fail(error: unknown): Promise<void>;
}
