import { describe, expect, it } from 'vitest';
import { inputsAhead } from './inputs-ahead.js';
import type { FlatInputs, FlatRunner, StagedInputs } from './step-runner.js';

/** What happened, in order: items made, staged, run, discarded, and the end of their source. */
function watched({ fails = Number.POSITIVE_INFINITY } = {}) {
  const events: string[] = [];
  async function* items() {
    try {
      for (let i = 1; i <= 3; i++) {
        if (i === fails) throw new Error(`no item ${i}`);
        events.push(`made ${i}`);
        yield { i, inputs: { x: i } };
      }
    } finally {
      events.push('closed');
    }
  }
  const stage = ({ x }: FlatInputs): StagedInputs => {
    events.push(`staged ${x}`);
    return { discard: () => void events.push(`discarded ${x}`) };
  };
  return { events, items, runner: { stage } satisfies Pick<FlatRunner, 'stage'> };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('inputs ahead of the step', () => {
  it('are staged while the step runs on those before, one at a time', async () => {
    const { events, items, runner } = watched();
    for await (const { i, inputs } of inputsAhead(runner, items())) {
      expect(inputs).toHaveProperty('discard');
      events.push(`run ${i}`);
      await pause();
      events.push(`done ${i}`);
    }
    expect(events.join(', ')).toBe(
      'made 1, staged 1, made 2, staged 2, run 1, done 1, made 3, staged 3, run 2, done 2, closed, run 3, done 3',
    );
  });

  it('are passed on as they come where nothing is staged', async () => {
    const { events, items } = watched();
    for await (const { i, inputs } of inputsAhead({ stage: undefined }, items())) {
      expect(inputs).toEqual({ x: i });
      await pause();
      events.push(`done ${i}`);
    }
    expect(events.join(', ')).toBe('made 1, done 1, made 2, done 2, made 3, done 3, closed');
  });

  it('are discarded, and their source closed, where the loop is left', async () => {
    const { events, items, runner } = watched();
    for await (const { i } of inputsAhead(runner, items())) {
      await pause();
      if (i === 1) break;
    }
    await pause();
    expect(events.join(', ')).toBe('made 1, staged 1, made 2, staged 2, discarded 2, closed');
  });

  it('are not waited for where the loop is left', async () => {
    const { events, runner } = watched();
    let make: () => void = () => undefined;
    async function* slow() {
      yield { inputs: { x: 1 } };
      await new Promise<void>((resolve) => {
        make = resolve;
      });
      yield { inputs: { x: 2 } };
    }
    for await (const _ of inputsAhead(runner, slow())) break;
    events.push('left');
    make();
    await pause();
    expect(events.join(', ')).toBe('staged 1, left');
  });

  it('fail when it is their turn', async () => {
    const { events, items, runner } = watched({ fails: 2 });
    const steps = inputsAhead(runner, items());
    expect((await steps.next()).value?.i).toBe(1);
    await pause();
    events.push('done 1');
    await expect(steps.next()).rejects.toThrow('no item 2');
    expect(events.join(', ')).toBe('made 1, staged 1, closed, done 1');
  });
});
