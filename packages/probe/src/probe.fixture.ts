import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import type { FloatTensor, StepFunction, TensorRecord } from '@vjepa/engine';
import { encoderConfig } from '@vjepa/vit';
import { attentiveProbeConfig } from './index.js';

const folder = new URL('../../../fixtures/probe-small/', import.meta.url);

/** The reference's own training of a probe: four steps, then an evaluation. */
export async function readProbeFixture() {
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
  const tensors = await readSafetensors(fileURLToPath(new URL('tensors.safetensors', folder)));
  const read = async (file: string, key: string) => {
    const dict = await readStateDict(fileURLToPath(new URL(file, folder)), key);
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

/** Largest difference relative to the expected tensor's largest magnitude. */
export function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return difference / Math.max(magnitude, 1e-12);
}
