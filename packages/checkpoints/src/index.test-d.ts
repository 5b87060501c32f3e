// What compiles against this package: checked with the types, never run.
import { expectTypeOf } from 'vitest';
import { type HostTensor, readSafetensors, readStateDict, writeSafetensors, writeTorchCheckpoint } from './index.js';

expectTypeOf(readSafetensors).toBeCallableWith('model.safetensors');
expectTypeOf(readSafetensors).toBeCallableWith(new Blob([]));
expectTypeOf(readSafetensors).toBeCallableWith(new Uint8Array(8));
expectTypeOf(readSafetensors).returns.resolves.toEqualTypeOf<Record<string, HostTensor>>();

const { tensors, close } = await readStateDict('vitl16.pth.tar', 'target_encoder');
expectTypeOf(tensors.get('norm.weight')!.readFloat32).returns.resolves.toExtend<Float32Array>();
expectTypeOf(close).returns.resolves.toBeVoid();

const tensor = { shape: [2], data: Float32Array.of(1, 2) };
expectTypeOf(writeSafetensors).toBeCallableWith('model.safetensors', { weight: tensor });
expectTypeOf(writeTorchCheckpoint).toBeCallableWith('model.pth.tar', { encoder: { weight: tensor }, epoch: 3 });
// @ts-expect-error: PyTorch has no type for a function
await writeTorchCheckpoint('model.pth.tar', { encoder: () => tensor });
