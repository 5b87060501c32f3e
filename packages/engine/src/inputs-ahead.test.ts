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
  const held = new Map<StagedInputs, unknown>();
  const stage = ({ x }: FlatInputs): StagedInputs => {
    events.push(`staged ${x}`);
    const staged = { discard: () => void (held.delete(staged) && events.push(`discarded ${x}`)) };
    held.set(staged, x);
    return staged;
  };
  const run = (inputs: unknown) => {
    held.delete(inputs as StagedInputs);
  };
  return { events, items, run, runner: { stage } satisfies Pick<FlatRunner, 'stage'> };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('inputs ahead of the step', () => {
  it('are staged while the step runs on those before, one at a time', async () => {
    const { events, items, run, runner } = watched();
    for await (const { i, inputs } of inputsAhead(runner, items())) {
      run(inputs);
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
    const { events, items, run, runner } = watched();
    for await (const { i, inputs } of inputsAhead(runner, items())) {
      run(inputs);
      await pause();
      if (i === 1) break;
    }
    await pause();
    expect(events.join(', ')).toBe('made 1, staged 1, made 2, staged 2, discarded 2, closed');
  });

  it('are not waited for where the loop is left', async () => {
    const { events, run, runner } = watched();
    let make: () => void = () => undefined;
    async function* slow() {
      yield { inputs: { x: 1 } };
      await new Promise<void>((resolve) => {
        make = resolve;
      });
      yield { inputs: { x: 2 } };
    }
    for await (const { inputs } of inputsAhead(runner, slow())) {
      run(inputs);
      break;
    }
    events.push('left');
    make();
    await pause();
    expect(events.join(', ')).toBe('staged 1, left');
  });

  it('are discarded where no step was given them', async () => {
    const { events, items, run, runner } = watched();
    const left = async () => {
      for await (const { i, inputs } of inputsAhead(runner, items())) {
        await pause();
        if (i === 2) run(inputs);
        if (i === 3) throw new Error('too many bad videos');
      }
    };
    await expect(left()).rejects.toThrow('too many bad videos');
    expect(events.filter((event) => event.startsWith('discarded'))).toEqual(['discarded 1', 'discarded 3']);
  });

  it('fail when it is their turn', async () => {
    const { events, items, run, runner } = watched({ fails: 2 });
    const steps = inputsAhead(runner, items());
    const { value: first } = await steps.next();
    expect(first?.i).toBe(1);
    run(first?.inputs);
    await pause();
    events.push('done 1');
    await expect(steps.next()).rejects.toThrow('no item 2');
    expect(events.join(', ')).toBe('made 1, staged 1, closed, done 1');
  });
});
