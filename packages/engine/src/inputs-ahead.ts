import type { HostInputs, StagedInputs, StepRunner } from './step-runner.js';

/**
 * What a step is run on, one after the other, with the inputs of the next on their way to the device while the step runs
 * on those of one. The next is asked for as soon as one is given out, and no more than that one. Where the runner stages
 * nothing, items are passed on as they come.
 *
 *     for await (const { inputs, batch } of inputsAhead(train, steps)) await train(inputs);
 */
export async function* inputsAhead<T extends { inputs: HostInputs }>(
  { stage }: Pick<StepRunner, 'stage'>,
  items: AsyncIterable<T>,
): AsyncGenerator<Omit<T, 'inputs'> & { inputs: HostInputs | StagedInputs }> {
  if (stage === undefined) return yield* items;
  const iterator = items[Symbol.asyncIterator]();
  const ask = async () => {
    const { done, value } = await iterator.next();
    return done ? undefined : { ...(value as T), inputs: stage((value as T).inputs) };
  };
  let next = ask();
  try {
    for (let item = await next; item !== undefined; item = await next) {
      next = ask();
      // Told when it is its turn.
      next.catch(() => undefined);
      yield item;
    }
  } finally {
    void next.then((unused) => unused?.inputs.discard()).catch(() => undefined);
    await iterator.return?.();
  }
}
