import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from './checkpoint-error.js';
import type { HuggingFaceNumbers } from './hugging-face-config.js';
import type { NewHuggingFaceConfig } from './new-hugging-face-config.js';
import type { StoredTensor } from './stored-tensor.js';
import { writeAtomically } from './write-atomically.js';
import { writeSafetensors } from './write-safetensors.js';

/** ImageNet's mean and deviation, by which the frames of all published models are normalised. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** As Pillow numbers ways of resampling. */
const BILINEAR = 2;

/**
 * Writes a model as transformers saves it: `config.json`, `video_preprocessor_config.json` and `model.safetensors`, which
 * comes last, so that a folder with weights is whole.
 *
 * @param tensors by transformers' names; a classifier among them makes it a classification model
 * @returns the files' paths
 */
export async function writeHuggingFaceFolder(
  folder: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  config: NewHuggingFaceConfig,
): Promise<string[]> {
  const [{ dtype } = { dtype: 'float32' }] = tensors.values();
  const files = {
    'config.json': modelJson(config, dtype),
    'video_preprocessor_config.json': preprocessorJson(config.numbers),
  };
  await makeFolder(folder);
  for (const [name, json] of Object.entries(files)) {
    const text = Buffer.from(`${JSON.stringify(json, null, 2)}\n`);
    await writeAtomically(join(folder, name), (sink) => sink.write(text));
  }
  const weights = join(folder, 'model.safetensors');
  await writeSafetensors(weights, tensors, { format: 'pt' });
  return [...Object.keys(files).map((name) => join(folder, name)), weights];
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const problem = `no folder can be made of it: ${(error as Error).message}`;
    throw new CheckpointError(folder, problem, 'name another destination', { cause: error });
  }
}

function modelJson({ numbers, labels }: NewHuggingFaceConfig, dtype: string): Record<string, unknown> {
  const classes = {
    id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
  };
  return {
    architectures: [labels.length > 0 ? 'VJEPA2ForVideoClassification' : 'VJEPA2Model'],
    model_type: 'vjepa2',
    dtype,
    ...numbers,
    hidden_act: 'gelu',
    qkv_bias: true,
    ...(labels.length > 0 ? classes : {}),
  };
}

function preprocessorJson({ crop_size: side }: HuggingFaceNumbers): Record<string, unknown> {
  return {
    video_processor_type: 'VJEPA2VideoProcessor',
    do_resize: true,
    size: { shortest_edge: Math.trunc((side * 256) / 224) },
    resample: BILINEAR,
    do_center_crop: true,
    crop_size: { height: side, width: side },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: MEAN,
    image_std: DEVIATION,
  };
}
