// What compiles against this package, and what does not: checked with the types, never run.
import type { RandomGenerator } from '@vjepa/random';
import { expectTypeOf } from 'vitest';
import { createMaskSampler, type MaskPair, type MaskRequest, maskToText, type TokenMask } from './index.js';

const grid = { depth: 8, height: 14, width: 14 };
const blocks = { spatialScale: [0.15, 0.15], temporalScale: [1, 1], aspectRatio: [0.75, 1.5], numBlocks: 8 } as const;

const sampler = createMaskSampler({ grid, kind: 'multiblock3d', masks: [blocks] });
createMaskSampler({ grid, kind: 'random_tube', masks: [{ ratio: 0.9 }] });
// @ts-expect-error: a tube has a ratio, a block has scales
createMaskSampler({ grid, kind: 'multiblock3d', masks: [{ ratio: 0.9 }] });
// @ts-expect-error
createMaskSampler({ grid, kind: 'random_tube', masks: [blocks] });

expectTypeOf(sampler.sample).parameters.toEqualTypeOf<[MaskRequest]>();
expectTypeOf(sampler.sample).returns.toEqualTypeOf<MaskPair[]>();
expectTypeOf<MaskRequest['random']>().toEqualTypeOf<RandomGenerator>();
expectTypeOf<TokenMask['indices']>().toExtend<Int32Array>();
expectTypeOf<TokenMask['shape']>().toExtend<readonly [number, number]>();
expectTypeOf(maskToText).toBeCallableWith({} as MaskPair, 0, grid);
