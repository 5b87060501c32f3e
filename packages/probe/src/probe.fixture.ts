import * as tf from '@tensorflow/tfjs-core';
import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import type { FloatTensor, StepFunction, TensorRecord } from '@vjepa/engine';
import { fixture, readFixtureJson } from '@vjepa/test-kit/fixtures';
import { encoderConfig } from '@vjepa/vit';
import { attentiveProbeConfig } from './index.js';

/** The reference's own training of a probe: four steps, then an evaluation. */
export async function readProbeFixture() {
  const manifest = readFixtureJson('probe-small/manifest.json');
  const tensors = await readSafetensors(fixture('probe-small/tensors.safetensors'));
  const read = async (file: string, key: string) => {
    const dict = await readStateDict(fixture(`probe-small/${file}`), key);
    const parameters: Record<string, FloatTensor> = {};
    for (const [name, tensor] of dict.tensors) {
      parameters[name] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
    }
    await dict.close();
    return parameters;
  };
  const { model, probe } = manifest;
  const encoder = encoderConfig('vit_tiny', {
    imageSize: model.crop_size,
    patchSize: model.patch_size,
    numFrames: model.num_frames,
    tubeletSize: model.tubelet_size,
    embedDim: model.embed_dim,
    depth: model.depth,
    numHeads: model.num_heads,
  });
  return {
    manifest,
    tensors,
    encoder,
    probe: attentiveProbeConfig(encoder, probe.num_classes, { depth: probe.depth, numHeads: probe.num_heads }),
    encoderParameters: await read('encoder.pth.tar', 'target_encoder'),
    probeParameters: await read('probe.pth.tar', 'classifier'),
  };
}

export function toTensors(record: Record<string, { shape: readonly number[]; data: unknown }>): TensorRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, { shape, data }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
    ]),
  );
}

/** Runs a step and lets go of the state it replaces and of the inputs, as an engine does. */
export function runStep(step: StepFunction, state: TensorRecord, inputs: TensorRecord) {
  const { state: next, outputs } = step(state, inputs);
  const kept = new Set(Object.values(next));
  for (const tensor of Object.values(state)) if (!kept.has(tensor)) tensor.dispose();
  tf.dispose(inputs);
  const values = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync()[0]!]));
  tf.dispose(outputs);
  return { state: next, outputs: values };
}
