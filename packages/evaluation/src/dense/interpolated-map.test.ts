import '@vjepa/test-kit/all-close';
import { depthMetric, segmentationMetric } from '@vjepa/benchmarks';
import { readFixtureJson } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { interpolatedClasses, interpolatedMap } from './interpolated-map.js';

describe('interpolated maps', () => {
  it('lie between the centres of places, and go on at the edges', () => {
    const doubled = interpolatedMap(Float32Array.of(0, 4), { height: 1, width: 2 }, { height: 2, width: 4 });
    // Centres of 4 are at -0.25, 0.25, 0.75 and 1.25 of 2.
    expect(doubled).toBeAllClose([0, 1, 3, 4, 0, 1, 3, 4], { atol: 1e-6 });
  });

  it('have the largest of the interpolated scores, not the interpolated largest', () => {
    // Halfway between a place sure of class 0 and one sure of 1, class 2 is the second of both.
    const map = Float32Array.of(1, 0, 0.8, 0, 1, 0.8);
    expect([...interpolatedClasses(map, { height: 1, width: 2 }, { height: 1, width: 6 })]).toEqual([0, 0, 2, 2, 1, 1]);
  });

  it('answer as PyTorch did, and are as good', () => {
    const { settings, cases } = readFixtureJson('cases/dense/pytorch.json');
    const [height, width] = settings.grid as [number, number];
    for (const { task, maps, answer, targets, measures, outputs } of cases) {
      const [iou, errors] = [segmentationMetric(Array.from({ length: outputs }, (_, c) => `${c}`)), depthMetric()];
      const [B, H, W] = answer.shape as [number, number, number];
      const length = maps.data.length / B;
      for (let b = 0; b < B; b++) {
        const map = Float32Array.from(maps.data.slice(b * length, (b + 1) * length) as number[]);
        const expected = answer.data.slice(b * H * W, (b + 1) * H * W) as number[];
        const to = { height: H, width: W };
        const target = targets.data.slice(b * H * W, (b + 1) * H * W) as number[];
        if (task === 'segmentation') {
          const predicted = interpolatedClasses(map, { height, width }, to);
          expect([...predicted]).toEqual(expected);
          iou.add({ predicted, target });
        } else {
          const [, h, w] = maps.shape as [number, number, number];
          const predicted = interpolatedMap(map, { height: h, width: w }, to);
          expect(predicted).toBeAllClose(expected, { rtol: 1e-5 });
          errors.add({ predicted, target });
        }
      }
      const found = task === 'segmentation' ? iou.result() : errors.result();
      for (const [name, value] of Object.entries(measures)) {
        expect(found[name as keyof typeof found], `${task}: ${name}`).toBeCloseTo(value as number, 4);
      }
    }
  });
});
