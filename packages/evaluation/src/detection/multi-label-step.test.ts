import { detectionMetric } from '@vjepa/benchmarks';
import { openEngine } from '@vjepa/engine';
import { expect, it } from 'vitest';
import { multiLabelStep } from './multi-label-step.js';

it('ranks answers whose probability rounds to 1 by how certain they are', async () => {
  // Two boxes with the logits 30 and 60: in float32 both have the probability 1. The more certain one is right.
  expect([30, 60].map((logit) => Math.fround(1 / (1 + Math.exp(-logit))))).toEqual([1, 1]);
  const engine = await openEngine({ backend: 'wasm', precision: 'float32' });
  const classifier = engine.bind(multiLabelStep, {
    linear: { weight: { shape: [1, 1], data: Float32Array.of(1) }, bias: { shape: [1], data: Float32Array.of(0) } },
  });
  const { logits } = await classifier({ features: { shape: [2, 1], data: Float32Array.of(30, 60) } });
  classifier.dispose();
  const metric = detectionMetric({ classes: new Map([[1, 'sit']]) });
  const boxes = [
    { frame: 'a,1', box: [0, 0, 1, 1] as const, label: 1 },
    { frame: 'b,1', box: [0, 0, 1, 1] as const, label: 1 },
  ];
  metric.addGroundTruth([boxes[1]!]);
  metric.addDetections(boxes.map((box, i) => ({ ...box, score: Number(logits!.data[i]) })));
  expect(metric.result().meanAveragePrecision).toBe(100);
});
