import type { StagedInputs } from './step-runner.js';

type Ahead<T extends { inputs?: unknown }> = Omit<T, 'inputs'> & { inputs: T['inputs'] | StagedInputs };

/**
 * What a step is run on, one after the other, with the inputs of the next on their way to the device while the step runs
 * on those of one. The next is asked for as soon as one is given out, and no more than that one. Where the runner stages
 * nothing, items are passed on as they come; so are items without inputs.
 * Inputs that no step was given by the time the next are asked for, or the loop is left, are let go of.
 *
 *     for await (const { inputs, batch } of inputsAhead(train, steps)) await train(inputs);
 */
export async function* inputsAhead<Inputs, T extends { inputs?: Inputs | undefined }>(
  { stage }: { readonly stage?: ((inputs: Inputs) => StagedInputs) | undefined },
  items: AsyncIterable<T>,
): AsyncGenerator<Ahead<T>> {
  if (stage === undefined) return yield* items as AsyncIterable<Ahead<T>>;
  const iterator = items[Symbol.asyncIterator]();
  let [asking, left] = [false, false];
  const ask = async () => {
    asking = true;
    try {
      const { done, value } = await iterator.next();
      if (done || left) return undefined;
      const { inputs } = value;
      return { item: value, staged: inputs && stage(inputs) };
    } finally {
      asking = false;
    }
  };
  let next = ask();
  try {
    for (let one = await next; one !== undefined; one = await next) {
      next = ask();
      // Told when it is its turn.
      next.catch(() => undefined);
      try {
        yield { ...one.item, inputs: one.staged };
      } finally {
        // Where the step did not come to it.
        one.staged?.discard();
      }
    }
  } finally {
    left = true;
    void next.then((unused) => unused?.staged?.discard()).catch(() => undefined);
    const closed = iterator.return?.();
    // Who leaves does not wait for an item that nobody wants any more.
    if (asking) closed?.catch(() => undefined);
    else await closed;
  }
}
