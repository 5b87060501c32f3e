import { describe, expect, it } from 'vitest';
import { Lifetime } from './lifetime.js';

describe('the lifetime of an object', () => {
  it('ends once, when the last call that works with it is done', async () => {
    const ends: string[] = [];
    const lifetime = new Lifetime({ destroy: () => void ends.push('end') });
    let finish!: () => void;
    const call = lifetime.during(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const ended = Promise.all([lifetime.end(), lifetime.end()]);
    expect([lifetime.alive, ends]).toEqual([false, []]);
    finish();
    await Promise.all([call, ended]);
    expect(ends).toEqual(['end']);
  });

  it('ends what belongs to it first', async () => {
    const ends: string[] = [];
    const client = new Lifetime({ destroy: async () => void ends.push('client') });
    const buffer = new Lifetime({ destroy: () => void ends.push('buffer'), parent: client });
    new Lifetime({ destroy: () => void ends.push('program'), parent: client });
    let finish!: () => void;
    const call = buffer.during(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const ended = client.end();
    expect(ends).toEqual(['program']);
    // Made by a call that began before.
    new Lifetime({ destroy: () => void ends.push('late'), parent: client });
    finish();
    await Promise.all([call, ended]);
    expect(ends).toEqual(['program', 'late', 'buffer', 'client']);
  });

  it('is not prolonged by a call that fails', async () => {
    const ends: string[] = [];
    const lifetime = new Lifetime({ destroy: () => void ends.push('end') });
    await expect(lifetime.during(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    await lifetime.end();
    expect(ends).toEqual(['end']);
  });
});
