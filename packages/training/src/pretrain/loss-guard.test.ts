import { describe, expect, it } from 'vitest';
import { LossGuard } from './loss-guard.js';

describe('LossGuard', () => {
  it('has no limit until its window is full, and then that of the losses up to the one before last', () => {
    const guard = new LossGuard({ deviations: 2, window: 4 });
    for (const [i, loss] of [1, 2, 3, 4].entries()) {
      guard.add(i + 1, loss);
      expect(guard.limitAt(i + 2)).toBe(3e38);
    }
    // Of 1 to 4: mean 2.5, variance 1.25.
    expect(guard.limitAt(6)).toBeCloseTo(2.5 + 2 * Math.sqrt(1.25), 12);
    guard.add(5, 100);
    expect(guard.limitAt(6)).toBeCloseTo(2.5 + 2 * Math.sqrt(1.25), 12);
    guard.add(6, 3);
    expect(guard.limitAt(7)).toBeGreaterThan(27);
    for (let step = 7; step < 20; step++) guard.add(step, 3);
    expect(guard.limitAt(21)).toBe(3);
  });

  it('is the same for one that was told of the newest steps alone', () => {
    const [one, other] = [new LossGuard({ deviations: 1, window: 5 }), new LossGuard({ deviations: 1, window: 5 })];
    for (let step = 1; step <= 40; step++) one.add(step, Math.sin(step));
    for (let step = 30; step <= 40; step++) other.add(step, Math.sin(step));
    expect(other.limitAt(41)).toBe(one.limitAt(41));
    expect(other.limitAt(42)).toBe(one.limitAt(42));
  });
});
