import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { planDense } from './dense-plan.js';
import { readDenseSet } from './dense-set.js';
import { untrainedEncoder } from './scenes.fixture.js';

const root = temporaryFolder('dense-set');

/** Depths of 2 metres but for those outside of rows 45 to 470 and columns 41 to 600. */
function answers(height: number, width: number) {
  const values = Float32Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return y >= 45 && y <= 470 && x >= 41 && x <= 600 ? 2 : 3;
  });
  return { height, width, values };
}

const measured = (height: number, width: number) => ({
  ...{ height, width },
  values: new Float32Array(height * width).fill(2),
});

describe('readDenseSet', () => {
  it('measures depth inside Eigen’s crop of NYU’s test pictures, and everywhere in others', async () => {
    mkdirSync(root, { recursive: true });
    for (const name of ['a.jpg', 'a.png']) writeFileSync(join(root, name), '');
    for (const split of ['train', 'test']) writeFileSync(join(root, `nyu_${split}.txt`), 'a.jpg a.png');
    const plan = planDense({
      encoder: untrainedEncoder().encoder,
      checkpoint: null,
      data: { benchmark: 'nyu-depth', root },
    });
    const rmse = async (part: 'train' | 'validation', height: number, width: number) => {
      const metric = (await readDenseSet(plan, part)).metric();
      metric.add(answers(height, width), measured(height, width));
      const result = metric.result();
      return result.task === 'depth' ? result.depth.rmse : undefined;
    };
    expect(await rmse('validation', 480, 640)).toBe(0);
    expect(await rmse('train', 480, 640)).toBeGreaterThan(0.1);
    expect(await rmse('validation', 500, 700)).toBeGreaterThan(0.1);
  });
});
