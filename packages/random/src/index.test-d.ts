// What compiles against this package: checked with the types, never run.
import { expectTypeOf } from 'vitest';
import { mersenneTwister, numpyGenerator, permutation, type RandomGenerator, stream, uniform } from './index.js';

expectTypeOf(mersenneTwister).toBeCallableWith(0);
expectTypeOf(mersenneTwister(0)).toExtend<RandomGenerator>();
expectTypeOf(stream([0, 1, 2])).toExtend<RandomGenerator>();
expectTypeOf(uniform).parameter(0).toExtend<RandomGenerator>();
expectTypeOf(permutation).returns.toExtend<ArrayLike<number>>();
// @ts-expect-error: a seed is a number
mersenneTwister('0');

expectTypeOf(numpyGenerator(0)).toExtend<RandomGenerator>();
expectTypeOf(numpyGenerator(0).choice).toBeCallableWith(2, [0.25, 0.75]);
expectTypeOf(numpyGenerator(0).choice).toBeCallableWith(2, [{ count: 4, probability: 0.25 }]);
