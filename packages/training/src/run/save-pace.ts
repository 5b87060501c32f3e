/** What saving may take of a training's time. */
const SHARE = 1 / 20;

/** When a training saves what a kill would lose. */
export interface SavePace {
  /** Whether it is time again. */
  isDue(): boolean;
  /** Saves, and notes how long it took. */
  save(write: () => Promise<void>): Promise<void>;
}

/**
 * Saves as often as costs little: at the first chance, and then whenever saving again has become at most a twentieth of
 * the time. A small probe is saved after every epoch, a large model every few minutes.
 *
 * @param now milliseconds
 */
export function savePace(now = () => performance.now()): SavePace {
  let due = now();
  return {
    isDue: () => now() >= due,
    async save(write) {
      const begun = now();
      await write();
      const ended = now();
      due = ended + (ended - begun) * (1 / SHARE - 1);
    },
  };
}
