import { readStateDict } from '@vjepa/checkpoints';
import { fixture, readFixtureJson, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import { vjepa2EncoderConfig } from '@vjepa/vit';
import type { ParameterValues } from '../checkpoint/reference-parameters.js';

/** A classifier as transformers writes one, for 6 classes. */
export const CLASSIFIER = fixture('hf-vjepa2/classifier');

const { model } = readFixtureJson('hf-vjepa2/manifest.json');

/** Its encoder: 3 blocks 24 wide, 2 heads. */
export const ENCODER = vjepa2EncoderConfig('vit_tiny', {
  imageSize: model.crop_size,
  patchSize: model.patch_size,
  numFrames: model.frames_per_clip,
  tubeletSize: model.tubelet_size,
  embedDim: model.hidden_size,
  depth: model.num_hidden_layers,
  numHeads: model.num_attention_heads,
  mlpRatio: model.mlp_ratio,
});

/** What was recorded of it. */
export const recorded = readFixtureTensors<Float32Array>('hf-vjepa2/tensors.safetensors');

/** The parameters of a model in the folder. */
export async function parametersOf(key: 'encoder' | 'classifier'): Promise<ParameterValues> {
  const { tensors, close } = await readStateDict(CLASSIFIER, key);
  const parameters: ParameterValues = {};
  for (const [name, tensor] of tensors) {
    parameters[name] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
  }
  await close();
  return parameters;
}
