import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HostGroup, isFirstHost } from '@vjepa/engine';
import { InputError } from '../input-error.js';
import { sentence } from '../sentence.js';
import { leafDifferences } from './leaves.js';
import { FOLDER } from './run-options.js';

/**
 * The processes that share a run, or this one, which then is the first of one. All do the same in the same order; the first
 * writes the run's files, which the others see: the folder is one that all share.
 */
export class RunHosts {
  readonly #group: HostGroup | undefined;

  constructor(group?: HostGroup | undefined) {
    this.#group = group;
  }

  get count(): number {
    return this.#group?.count ?? 1;
  }

  get index(): number {
    return this.#group?.index ?? 0;
  }

  /** Whether this is the one that writes. */
  get isFirst(): boolean {
    return isFirstHost(this.#group);
  }

  /** What each host has, in their order. All ask for the same, one thing after the other. */
  async gather<T>(what: string, value: T): Promise<T[]> {
    return this.#group === undefined ? [value] : this.#group.gather(what, value);
  }

  /** Which samples of a batch of so many are this host's: from the first to before the second. */
  rowsOf(samples: number): [start: number, end: number] {
    const size = samples / this.count;
    return [this.index * size, (this.index + 1) * size];
  }

  /**
   * Holds against the first host's what must be the same on all.
   *
   * @param values what each is, by its name for people
   * @throws InputError on every host, naming one that differs and in what
   */
  async requireSame(values: Record<string, unknown>): Promise<void> {
    const all = await this.gather('what all must have', values);
    const [first] = all as [typeof values];
    for (const [host, others] of all.entries()) {
      const differences = leafDifferences(first, others);
      if (differences.length === 0) continue;
      const shown = differences.slice(0, 5).map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
      throw new InputError({
        subject: `host ${host}`,
        problem: `has not what host 0 has (host 0 -> host ${host}):\n  ${shown.join('\n  ')}`,
        remedy: 'All hosts of a run need the same: the same settings, versions, files and folders',
        code: 'hosts-differ',
      });
    }
  }

  /**
   * Sees to it that all have in front of them what the first one has written.
   *
   * @param path a file of the run's folder
   * @throws InputError on every host, naming one that does not see it
   */
  async requireSeen(path: string): Promise<void> {
    if (this.count === 1) return;
    await this.gather('written', null);
    // A file system over a network shows it a little later.
    for (let tries = 0; tries < 50 && !existsSync(path); tries++) await sleep(200);
    const blind = (await this.gather('seen', existsSync(path))).indexOf(false);
    if (blind < 0) return;
    throw new InputError({
      subject: `host ${blind}`,
      problem: sentence`does not see ${path}, which host 0 has written: the run could not go on after a host was lost`,
      remedy: sentence`Name a folder that all machines share with ${FOLDER}`,
      code: 'hosts-differ',
    });
  }
}
