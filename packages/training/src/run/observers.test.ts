import { describe, expect, it } from 'vitest';
import type { PretrainingObserver } from '../pretrain/observer.js';
import { sentence } from '../sentence.js';
import { Observers } from './observers.js';

const warning = { kind: 'collapse', step: 3, message: sentence`it collapses` } as const;

describe('Observers', () => {
  it('waits for each in turn and passes over what one does not listen to', async () => {
    const seen: string[] = [];
    const slow: PretrainingObserver = {
      name: 'slow',
      async warning({ message }) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push(`slow ${message}`);
      },
    };
    const quick: PretrainingObserver = { name: 'quick', warning: () => void seen.push('quick') };
    await new Observers([slow, { name: 'deaf' }, quick], () => {}).notify('warning', warning);
    expect(seen).toEqual(['slow it collapses', 'quick']);
  });

  it('goes on without one that fails, saying so once', async () => {
    const lines: string[] = [];
    let calls = 0;
    const broken: PretrainingObserver = {
      name: 'tracker',
      warning() {
        calls += 1;
        throw new Error('no network');
      },
    };
    const observers = new Observers([broken], (line) => lines.push(String(line)));
    await observers.notify('warning', warning);
    await observers.notify('warning', warning);
    expect(calls).toBe(1);
    expect(lines).toEqual(['warning: tracker failed and is left out from now on: no network']);
  });
});
