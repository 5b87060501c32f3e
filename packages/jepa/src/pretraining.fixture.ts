import * as tf from '@tensorflow/tfjs-core';
import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import type { FloatTensor, StepFunction, TensorRecord } from '@vjepa/engine';
import { fixture, readFixtureJson } from '@vjepa/test-kit/fixtures';
import { encoderConfig, predictorConfig } from '@vjepa/vit';

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

/** The reference's own run of four steps: what it started from, what it was fed, what came out. */
export async function readPretrainingFixture() {
  const manifest = readFixtureJson('pretrain-small/manifest.json');
  const tensors = await readSafetensors(fixture('pretrain-small/tensors.safetensors'));
  const model = async (key: string) => {
    const dict = await readStateDict(fixture('pretrain-small/initial.pth.tar'), key);
    const parameters: Record<string, FloatTensor> = {};
    for (const [name, tensor] of dict.tensors) {
      parameters[name] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
    }
    await dict.close();
    return parameters;
  };
  const { model: settings } = manifest;
  const encoder = encoderConfig('vit_tiny', {
    imageSize: settings.crop_size,
    patchSize: settings.patch_size,
    numFrames: settings.num_frames,
    tubeletSize: settings.tubelet_size,
    embedDim: settings.embed_dim,
    depth: settings.depth,
    numHeads: settings.num_heads,
  });
  const predictor = predictorConfig(encoder, { embedDim: settings.pred_embed_dim, depth: settings.pred_depth });
  return {
    manifest,
    tensors,
    encoder,
    predictor,
    initial: {
      encoder: await model('encoder'),
      predictor: await model('predictor'),
      targetEncoder: await model('target_encoder'),
    },
  };
}
