import { InputError, option, sentence } from '@vjepa/training';
import { type Candidate, describeCandidate } from './candidates.js';

/**
 * The probes of a training that have diverged: loss or answers are no numbers any more. Each is named once and left out;
 * the others share nothing that is trained with it and go on.
 */
export class DivergedProbes extends Set<number> {
  readonly #candidates: readonly Candidate[];
  readonly #log: (line: string) => void;

  constructor(candidates: readonly Candidate[], log: (line: string) => void) {
    super();
    this.#candidates = candidates;
    this.#log = log;
  }

  override add(probe: number): this {
    if (!this.has(probe)) this.#log(`warning: ${this.describe(probe)} has diverged (NaN) and is left out`);
    return super.add(probe);
  }

  /** Adds those whose loss is no number. */
  addByLoss(losses: readonly number[]): void {
    for (const [probe, loss] of losses.entries()) if (!Number.isFinite(loss)) this.add(probe);
  }

  /** @throws InputError when no probe is left */
  requireOne(): void {
    if (this.size < this.#candidates.length) return;
    const all = this.#candidates.length === 1 ? this.describe(0) : `every probe of the sweep`;
    const rates = sentence`(${option('training.learningRate')}, ${option('sweep.learningRates')})`;
    throw new InputError({
      problem: sentence`${all} has diverged: loss or answers are not numbers (NaN)`,
      remedy: sentence`Give lower learning rates ${rates}, and see that the features are numbers, for example with ${option('extractFeatures')}`,
      code: 'diverged',
    });
  }

  describe(probe: number): string {
    return `the probe of ${describeCandidate(this.#candidates[probe]!)}`;
  }
}
