// What compiles against this package: checked with the types, never run.
import { expectTypeOf } from 'vitest';
import {
  type ClassificationResult,
  classificationMetric,
  lowShotSplit,
  PROTOCOLS,
  readVideoIndex,
  type VideoIndex,
} from './index.js';

expectTypeOf(readVideoIndex).toBeCallableWith('train.csv');
expectTypeOf(readVideoIndex).toBeCallableWith(['first.csv', 'second.csv'], { extensions: undefined });
expectTypeOf(readVideoIndex).returns.resolves.toEqualTypeOf<VideoIndex>();
expectTypeOf<VideoIndex['entries'][number]>().toExtend<{ path: string; label: number }>();
expectTypeOf(classificationMetric({ classes: 2 }).result).returns.toEqualTypeOf<ClassificationResult>();
expectTypeOf(PROTOCOLS['kinetics-400'].classes).toBeNumber();
expectTypeOf(lowShotSplit<{ path: string; label: number }>).returns.toEqualTypeOf<{ path: string; label: number }[]>();
