import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { mostCheckpoints, retention } from './retention.js';

const vitl16 = fileURLToPath(new URL('../../../../configs/pretrain/vitl16.yaml', import.meta.url));
const config = (...set: string[]) => loadPretrainingConfig(vitl16, set.map(parseOverride)).config;

describe('retention', () => {
  it('keeps what checkpoints.keep_every or the reference’s save_every_freq says', () => {
    expect(retention(config(), 300)).toEqual({ keep: 2, keepEvery: null });
    expect(retention(config('meta.save_every_freq=10'), 300)).toEqual({ keep: 2, keepEvery: 3000 });
    expect(retention(config('meta.save_every_freq=10', 'checkpoints.keep_every=50'), 300).keepEvery).toBe(50);
  });
});

describe('mostCheckpoints', () => {
  it('counts the newest, those for good and the one being written', () => {
    expect(mostCheckpoints(config(), 300, 90_000)).toBe(3);
    // Steps 3000, 6000, …, 90,000 for good; the last of these is among the newest.
    expect(mostCheckpoints(config('meta.save_every_freq=10'), 300, 90_000)).toBe(2 + 29 + 1);
    expect(mostCheckpoints(config('checkpoints.keep=5'), 300, 600)).toBe(3);
  });
});
