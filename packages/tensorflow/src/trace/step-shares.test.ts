import { describe, expect, it } from 'vitest';
import type { OperationTime } from './step-profile.js';
import { describeStepShares, stepShares } from './step-shares.js';

const product = { op: '_MklMatMul', dtype: 14, line: 'linear.ts:1:1', bytes: 3e6, floatOperations: 4e8 };
const cast = { op: 'Cast', dtype: 1, line: 'linear.ts:1:1', bytes: 6e6, floatOperations: 0 };
const operations: OperationTime[] = [
  { ...product, begun: 0, seconds: 0.002 },
  { ...cast, begun: 0, seconds: 0.0005 },
  { ...product, begun: 0.001, seconds: 0.003 },
  { ...cast, op: 'NoOp', bytes: 0, begun: 0.003, seconds: 0.00001 },
];

describe('where the time of a step went', () => {
  it('adds up operations of a kind, and what lanes waited', () => {
    const { seconds, waiting, operations: shares } = stepShares({ operations, lanes: 2 });
    expect(seconds).toBe(0.004);
    expect(waiting).toBeCloseTo(0.008 - 0.00551, 9);
    expect(shares.map(({ op, type, runs }) => [op, type, runs])).toEqual([
      ['_MklMatMul', 'bfloat16', 2],
      ['Cast', 'float32', 1],
      ['NoOp', 'float32', 1],
    ]);
    expect(shares[0]).toMatchObject({ seconds: 0.005, bytes: 6e6, floatOperations: 8e8 });
  });

  it('shows shares of all lanes and the rates reached', () => {
    expect(describeStepShares(stepShares({ operations, lanes: 2 })).map((line) => line.split(/\s{2,}/))).toEqual([
      ['one watched step: 0.004 s, 2 operations at a time'],
      ['operation', 'operands', 'runs', 'ms', 'share', 'GB/s', 'GFLOP/s'],
      ['_MklMatMul', 'bfloat16', '2', '5.0', '62.5 %', '1', '160'],
      ['Cast', 'float32', '1', '0.5', '6.3 %', '12'],
      ['1 other kinds', '1', '0.0', '0.1 %'],
      ['waiting', '2.5', '31.1 %'],
    ]);
  });
});
