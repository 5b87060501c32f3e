import { writeFileAtomically } from '@vjepa/training';
import type { Method } from './experiment.js';
import { keptJson } from './kept-json.js';

/** Kinds of work, each of which runs at a speed of its own. */
export type WorkKind = 'videos' | 'pretraining' | 'features' | Method;

/** A piece of work. */
export interface Work {
  kind: WorkKind;
  /** Floating-point operations of the model; of videos their number. */
  amount: number;
}

/** Told how far a piece of work is, as shares of it, 0..1. */
export interface WorkReport {
  /** It was done before, up to this share. */
  skip(share: number): void;
  reach(share: number): void;
}

/** How far an experiment is. */
export interface WorkProgress {
  /** What is being done. */
  doing: string;
  /** Of that, 0..1. */
  share: number;
  /** Spent on this experiment, all sessions together. */
  secondsGone: number;
  /** undefined until something was measured that it can be told from. */
  secondsLeft: number | undefined;
}

interface Measured {
  amount: number;
  seconds: number;
}

/**
 * How long the rest takes, from how long each kind of work has taken so far, in this session and those before. A kind that
 * was not done yet is taken to be as fast, in operations a second, as the others.
 */
export class WorkEstimate {
  readonly #path: string;
  readonly #left: Map<string, Work>;
  readonly #measured: Partial<Record<WorkKind, Measured>>;
  readonly #now: () => number;
  #current: { name: string; share: number; since: number } | undefined;

  /**
   * @param path file that keeps what was measured from session to session
   * @param left what is to be done, by name
   * @param now seconds
   */
  constructor(path: string, left: ReadonlyMap<string, Work>, now = () => performance.now() / 1000) {
    this.#path = path;
    this.#left = new Map(left);
    this.#measured = keptJson(path) ?? {};
    this.#now = now;
  }

  /** A piece of work begins. */
  begin(name: string): WorkProgress {
    this.#current = { name, share: 0, since: this.#now() };
    return this.progress();
  }

  /** The current work was done before, up to a share, 0..1. */
  skip(share: number): WorkProgress {
    if (this.#current !== undefined) this.#current = { ...this.#current, share };
    return this.progress();
  }

  /** The current work is done up to a share, 0..1. */
  reach(share: number): WorkProgress {
    const current = this.#current;
    const work = current && this.#left.get(current.name);
    if (current !== undefined && work !== undefined && share > current.share) {
      const now = this.#now();
      const before = this.#measured[work.kind] ?? { amount: 0, seconds: 0 };
      this.#measured[work.kind] = {
        amount: before.amount + (share - current.share) * work.amount,
        seconds: before.seconds + now - current.since,
      };
      this.#current = { ...current, share, since: now };
    }
    return this.progress();
  }

  /** The current work is done. */
  end(): WorkProgress {
    const progress = this.reach(1);
    if (this.#current !== undefined) this.#left.delete(this.#current.name);
    this.#current = undefined;
    this.save();
    return { ...progress, secondsLeft: this.#secondsLeft() };
  }

  save(): void {
    writeFileAtomically(this.#path, `${JSON.stringify(this.#measured)}\n`);
  }

  progress(): WorkProgress {
    const { name: doing = '', share = 0, since = this.#now() } = this.#current ?? {};
    const measured = Object.values(this.#measured).reduce((sum, { seconds }) => sum + seconds, 0);
    return { doing, share, secondsGone: measured + this.#now() - since, secondsLeft: this.#secondsLeft() };
  }

  #secondsLeft(): number | undefined {
    let seconds = 0;
    for (const [name, { kind, amount }] of this.#left) {
      const rest = name === this.#current?.name ? 1 - this.#current.share : 1;
      const cost = this.#secondsPer(kind);
      if (cost === undefined) return undefined;
      seconds += rest * amount * cost;
    }
    return seconds;
  }

  #secondsPer(kind: WorkKind): number | undefined {
    const own = this.#measured[kind];
    if (own !== undefined && own.amount > 0) return own.seconds / own.amount;
    if (kind === 'videos') return undefined;
    const others = Object.entries(this.#measured).filter(([other]) => other !== 'videos');
    const amount = others.reduce((sum, [, measured]) => sum + measured.amount, 0);
    return amount > 0 ? others.reduce((sum, [, measured]) => sum + measured.seconds, 0) / amount : undefined;
  }
}
