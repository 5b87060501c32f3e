import type { Engine } from '@vjepa/engine';
import type { RunHosts } from '@vjepa/training';
import type { SampleRequest } from '@vjepa/video';
import type { LoadedFeatures } from './loaded-features.js';

type Batches = readonly (readonly SampleRequest[])[];

/** Loads features of batches of samples, one after the other. @param standIns see `ClipBatchesOptions` */
export type LoadFeatures = (plan: Batches, standIns?: readonly number[]) => AsyncIterable<LoadedFeatures>;

/** What the first host wants of the others: their part of some batches, or that they end with what came of all. */
type Wish<What, Outcome> =
  | { what: What; plan: Batches; standIns?: readonly number[] | undefined }
  | { outcome: Outcome };

/** What a host says of its part of a batch. */
interface Part extends Omit<LoadedFeatures, 'features' | 'labels' | 'frameIndices' | 'requests'> {
  /** Values of a sample's features. */
  length: number;
  labels: number[];
  frameIndices: number[][];
}

/**
 * Features that several processes compute together: the first says which, every one computes its part of each batch, and
 * all parts go to all. What is made of them is the first one's alone, so that it is what one process would make.
 */
export class SharedFeatures<What, Outcome = null> {
  readonly #hosts: RunHosts;
  readonly #engine: Engine;

  constructor(hosts: RunHosts, engine: Engine) {
    this.#hosts = hosts;
    this.#engine = engine;
  }

  /**
   * At the first host: loads with the others.
   *
   * @param what tells the others what to open
   * @param load of this host alone
   */
  loading(what: What, load: LoadFeatures): LoadFeatures {
    return (plan, standIns) => this.#asked(what, load, plan, standIns);
  }

  /** At the first host: lets the others go. */
  async end(outcome: Outcome): Promise<void> {
    await this.#wish({ outcome });
  }

  /**
   * At the others: computes what the first wants until it ends.
   *
   * @param open loads what the first calls so
   */
  async serve(open: (what: What) => LoadFeatures | Promise<LoadFeatures>): Promise<Outcome> {
    for (;;) {
      const wish = await this.#wish(null);
      if ('outcome' in wish) return wish.outcome;
      const load = await open(wish.what);
      for await (const _ of this.#batches(load, wish.plan, wish.standIns));
    }
  }

  async #wish(wish: Wish<What, Outcome> | null): Promise<Wish<What, Outcome>> {
    const [first] = await this.#hosts.gather('which features', wish);
    return first!;
  }

  async *#asked(what: What, load: LoadFeatures, plan: Batches, standIns: readonly number[] | undefined) {
    await this.#wish({ what, plan, standIns });
    yield* this.#batches(load, plan, standIns);
  }

  async *#batches(load: LoadFeatures, plan: Batches, standIns?: readonly number[]): AsyncGenerator<LoadedFeatures> {
    const own = plan.map((batch) => this.#rows(batch));
    const loaded = load(
      own.filter(({ length }) => length > 0),
      standIns,
    )[Symbol.asyncIterator]();
    let left = plan.length;
    try {
      for (const [place, requests] of plan.entries()) {
        const part = own[place]!.length > 0 ? (await loaded.next()).value : undefined;
        const parts = await this.#round(part && partOf(part, startOf(requests, this.#hosts)));
        if (parts === undefined) return;
        left -= 1;
        yield await this.#whole(requests, part, parts);
      }
    } finally {
      await loaded.return?.();
      // Whoever listened has had enough, or ends by an error of its own: the others hear it at once.
      if (left > 0 && this.#hosts.isFirst) await this.#round('ended').catch(() => undefined);
    }
  }

  /** What each host says of its part; undefined where the first has ended. */
  async #round(said: Part | undefined | 'ended'): Promise<(Part | null)[] | undefined> {
    const all = await this.#hosts.gather('features of a batch', said ?? null);
    return all[0] === 'ended' ? undefined : (all as (Part | null)[]);
  }

  #rows(batch: readonly SampleRequest[], host = this.#hosts.index): readonly SampleRequest[] {
    const { count } = this.#hosts;
    const share = batch.length / count;
    return batch.slice(Math.floor(host * share), Math.floor((host + 1) * share));
  }

  async #whole(
    requests: readonly SampleRequest[],
    own: LoadedFeatures | undefined,
    parts: readonly (Part | null)[],
  ): Promise<LoadedFeatures> {
    const there = parts.filter((part) => part !== null);
    const { length } = there[0]!;
    const most = Math.ceil(requests.length / this.#hosts.count) * length;
    const sent = new Float32Array(most);
    if (own !== undefined) sent.set(own.features);
    const all = await this.#engine.hosts!.gatherFloats(sent);
    const features = new Float32Array(requests.length * length);
    let at = 0;
    for (const host of parts.keys()) {
      const values = this.#rows(requests, host).length * length;
      features.set(all.subarray(host * most, host * most + values), at);
      at += values;
    }
    return {
      requests,
      features,
      labels: Int32Array.from(there.flatMap(({ labels }) => labels)),
      frameIndices: there.flatMap(({ frameIndices }) => frameIndices.map((indices) => Int32Array.from(indices))),
      failures: there.flatMap(({ failures }) => failures),
    };
  }
}

function startOf({ length }: readonly SampleRequest[], { index, count }: RunHosts): number {
  return Math.floor((index * length) / count);
}

function partOf({ features, labels, frameIndices, failures }: LoadedFeatures, start: number): Part {
  return {
    length: features.length / labels.length,
    labels: [...labels],
    frameIndices: frameIndices.map((indices) => [...indices]),
    failures: failures.map((failure) => ({ ...failure, position: failure.position + start })),
  };
}
