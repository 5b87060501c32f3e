import { describe, expect, it } from 'vitest';
import { withTensorFloat32 } from './tensor-float-32.js';

describe('TF32', () => {
  it('is on while a run that may use it is under way, and off before, between and after', async () => {
    let on: boolean | undefined;
    const inTensorFloat32 = withTensorFloat32((allowed) => {
      on = allowed;
    });
    expect(on).toBe(false);
    const ends: (() => void)[] = [];
    const begin = () => inTensorFloat32(() => new Promise<void>((resolve) => ends.push(resolve)));
    const [first, second] = [begin(), begin()];
    expect(on).toBe(true);
    ends[0]!();
    await first;
    expect(on).toBe(true);
    ends[1]!();
    await second;
    expect(on).toBe(false);
    const failed = inTensorFloat32(() => Promise.reject(new Error('out of memory')));
    expect(on).toBe(true);
    await expect(failed).rejects.toThrow('out of memory');
    expect(on).toBe(false);
  });
});
