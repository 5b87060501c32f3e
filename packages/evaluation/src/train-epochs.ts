/** Where a training in epochs is. */
export interface EpochPosition {
  /** Epochs that are done. */
  epochs: number;
  /** Steps of the epoch that has begun. */
  steps: number;
}

export interface EpochLoop<Position extends EpochPosition> {
  /** Of the whole training. */
  epochs: number;
  /** Where an epoch begins, nothing counted yet. */
  beginning(epochs: number): Position;
  /** Where the training goes on. Default: at its beginning. */
  from?: Position | undefined;
  /** The rest of an epoch: does one update after the other, and says where each has led to. */
  steps(position: Position): AsyncIterable<Position>;
  /** Awaited after each epoch, with its end. */
  onEpoch(position: Position): Promise<void> | void;
  /** Ends the training after the step that is under way, with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Awaited before the training ends for the signal, or because `onEpoch` threw its reason: the model is of here. */
  onInterrupted?: ((position: Position) => Promise<void>) | undefined;
}

/**
 * A training in epochs, which can be stopped after any step. From the position and the model of that moment it goes on
 * as if it had never stopped; an epoch whose end was not acknowledged is ended again.
 */
export async function trainEpochs<Position extends EpochPosition>(loop: EpochLoop<Position>): Promise<void> {
  const { epochs, signal } = loop;
  let position = loop.from ?? loop.beginning(0);
  try {
    while (position.epochs < epochs) {
      for await (const after of loop.steps(position)) {
        position = after;
        signal?.throwIfAborted();
      }
      await loop.onEpoch(position);
      position = loop.beginning(position.epochs + 1);
    }
  } catch (error) {
    if (signal?.aborted && error === signal.reason) await loop.onInterrupted?.(position);
    throw error;
  }
}
