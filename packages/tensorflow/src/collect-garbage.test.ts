import { expect, it, vi } from 'vitest';
import { collectGarbage, findCollector } from './collect-garbage.js';

const absent = () => {
  throw new ReferenceError('gc is not defined');
};

it('frees what nobody needs', async () => {
  let collected = false;
  const registry = new FinalizationRegistry(() => (collected = true));
  registry.register({ size: 'large' }, undefined);
  for (let i = 0; i < 50 && !collected; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(collected).toBe(true);
});

it('takes what the engine offers, be it Node with --expose-gc, Bun or V8', () => {
  const [gc, bun, v8] = [vi.fn(), vi.fn(), vi.fn()];
  findCollector({ gc, Bun: { gc: bun }, exposed: absent })();
  expect(gc).toHaveBeenCalledOnce();
  findCollector({ Bun: { gc: bun }, exposed: absent })();
  expect(bun).toHaveBeenCalledExactlyOnceWith(true);
  findCollector({ exposed: () => v8 })();
  expect(v8).toHaveBeenCalledOnce();
});

it('does without where an engine has nothing of the kind', () => {
  expect(findCollector({ exposed: absent })()).toBeUndefined();
});
