import { describe, expect, it } from 'vitest';
import { type EpochPosition, trainEpochs } from './train-epochs.js';

interface Counted extends EpochPosition {
  sum: number;
}

/** Three epochs of four steps, each of which adds its number to a model and to what the epoch counts. */
function training(model: { weight: number }, signal?: AbortSignal, from?: Counted) {
  const done: [number, number][] = [];
  let left: Counted | undefined;
  const loop = {
    ...{ epochs: 3, signal, from },
    beginning: (epochs: number): Counted => ({ epochs, steps: 0, sum: 0 }),
    async *steps({ epochs, steps, sum }: Counted) {
      let total = sum;
      for (let step = steps; step < 4; step++) {
        model.weight += epochs * 4 + step;
        total += step;
        yield { epochs, steps: step + 1, sum: total };
      }
    },
    onEpoch({ epochs, sum }: Counted) {
      done.push([epochs + 1, sum]);
    },
    async onInterrupted(position: Counted) {
      left = position;
    },
  };
  return { run: () => trainEpochs(loop), done, left: () => left };
}

describe('trainEpochs', () => {
  it('does every step of every epoch once', async () => {
    const model = { weight: 0 };
    const { run, done } = training(model);
    await run();
    expect(model.weight).toBe(66);
    expect(done).toEqual([1, 2, 3].map((epoch) => [epoch, 6]));
  });

  it('stopped at any moment, ends after the step and goes on as if it never had', async () => {
    for (let stopAfter = 1; stopAfter < 12; stopAfter++) {
      const controller = new AbortController();
      let steps = 0;
      const model = {
        value: 0,
        get weight() {
          return this.value;
        },
        set weight(value: number) {
          this.value = value;
          if (++steps === stopAfter) controller.abort();
        },
      };
      const first = training(model, controller.signal);
      await expect(first.run()).rejects.toThrow('aborted');
      expect(steps).toBe(stopAfter);
      const second = training(model, undefined, first.left());
      await second.run();
      expect(model.value).toBe(66);
      expect([...first.done, ...second.done]).toEqual([1, 2, 3].map((epoch) => [epoch, 6]));
    }
  });

  it('passes on what else goes wrong, without taking it for a stop', async () => {
    const failing = training({ weight: 0 });
    await expect(
      trainEpochs({
        epochs: 1,
        beginning: () => ({ epochs: 0, steps: 0 }),
        // biome-ignore lint/correctness/useYield: it fails before its first step.
        async *steps() {
          throw new Error('no more memory');
        },
        onEpoch() {},
        onInterrupted: () => Promise.reject(new Error('not a stop')),
      }),
    ).rejects.toThrow('no more memory');
    expect(failing.left()).toBeUndefined();
  });
});
