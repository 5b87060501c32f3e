/**
 * Processes, on one machine or several, that share each batch of a step: each opens the same engine, binds the same steps
 * in the same order, and feeds its part of the batch. `joinHosts` of @vjepa/hosts gives such a group.
 */
export interface HostGroup {
  /** Which of them this is, from 0. */
  readonly index: number;
  readonly count: number;
  /** Under which each is reached by the others, in their order: names or numbers, without ports. */
  readonly addresses: readonly string[];
  /**
   * What every host gives, in their order: the n-th call of each belongs to the n-th of all others, and all get the same.
   *
   * @param name of what is gathered, the same on all, for errors
   */
  gather<T>(name: string, value: T): Promise<T[]>;
  /** Where XLA's GPUs find each other; TensorFlow does without. */
  readonly store?: HostStore | undefined;
}

/** Bytes under keys, the same for all hosts. Each call blocks this thread, for native code that waits for an answer. */
export interface HostStore {
  setNow(key: string, value: Uint8Array): void;
  /** Waits until the key is set. @throws Error where it is not within `timeoutMs` */
  getNow(key: string, timeoutMs: number): Uint8Array;
  tryGetNow(key: string): Uint8Array | undefined;
}

/** Whether this process is the one that writes and prints for all; alone it is. */
export function isFirstHost(hosts: Pick<HostGroup, 'index'> | undefined): boolean {
  return hosts === undefined || hosts.index === 0;
}
