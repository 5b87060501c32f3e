// What compiles against this package: checked with the types, never run.
import { expectTypeOf } from 'vitest';
import { findTensorFlow, loadTensorFlow, type TensorFlowLocation, type TensorFlowRuntime } from './index.js';

expectTypeOf(loadTensorFlow).toBeCallableWith({ device: undefined, tensorFloat32: undefined });
expectTypeOf(loadTensorFlow).returns.resolves.toEqualTypeOf<TensorFlowRuntime>();
expectTypeOf(findTensorFlow).returns.resolves.toEqualTypeOf<TensorFlowLocation | undefined>();
// @ts-expect-error: a device is the CPU or a GPU
await loadTensorFlow({ device: 'tpu' });
