import type { HostGroup } from '@vjepa/engine';
import { InputError } from '../input-error.js';

/** How often each group was asked, so that no name is used twice. */
const asked = new WeakMap<HostGroup, number>();

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
    return this.index === 0;
  }

  /** What each host has, in their order. All ask for the same, one thing after the other. */
  async gather<T>(what: string, value: T): Promise<T[]> {
    if (this.#group === undefined) return [value];
    const before = asked.get(this.#group) ?? 0;
    asked.set(this.#group, before + 1);
    return this.#group.gather(`${what} (${before})`, value);
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
      for (const [name, value] of Object.entries(first)) {
        const found = others[name];
        if (JSON.stringify(found) === JSON.stringify(value)) continue;
        throw new InputError({
          subject: `host ${host}`,
          problem: `its ${name} is ${JSON.stringify(found)}, and that of host 0 is ${JSON.stringify(value)}`,
          remedy: 'All hosts of a run need the same: the same versions, files and folders',
          code: 'hosts-differ',
        });
      }
    }
  }
}
