/** How far above the usual a loss may be. */
export interface LossGuardSettings {
  /** Deviations above the mean. */
  deviations: number;
  /** Over so many losses. Default 300. */
  window?: number | undefined;
}

/** Above every loss; infinity would not pass through every engine. */
const NO_LIMIT = 3e38;

/**
 * The limit of V-JEPA 2.1's guard: mean and deviation of the last losses. That of a step counts the losses up to the one before
 * last: a step's inputs are made while the one before it runs, and are to be the same in every run.
 */
export class LossGuard {
  readonly #deviations: number;
  readonly #window: number;
  /** Of the newest steps, by their numbers. */
  readonly #losses = new Map<number, number>();

  constructor({ deviations, window = 300 }: LossGuardSettings) {
    this.#deviations = deviations;
    this.#window = window;
  }

  /** Takes note of the loss of a step, counted from 1, whether it was skipped or not. */
  add(step: number, loss: number): void {
    this.#losses.set(step, loss);
    this.#losses.delete(step - this.#window - 2);
  }

  /** What the loss of a step may be at most; no limit until there are as many losses as the window has. */
  limitAt(step: number): number {
    const { length, losses } = this.#before(step);
    if (length < this.#window) return NO_LIMIT;
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / length;
    const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / length;
    return mean + this.#deviations * Math.sqrt(variance);
  }

  #before(step: number): { length: number; losses: number[] } {
    const losses = Array.from({ length: this.#window }, (_, i) => this.#losses.get(step - 2 - i)).filter(
      (loss) => loss !== undefined,
    );
    return { length: losses.length, losses };
  }
}
