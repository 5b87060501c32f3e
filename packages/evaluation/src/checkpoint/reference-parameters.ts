import { type CheckpointValue, isStoredTensor, openTorchCheckpoint, stripPrefixes } from '@vjepa/checkpoints';
import { InputError } from '@vjepa/training';

/** A model's parameters in memory, float32, by the names of the reference state dict without training's prefixes. */
export type ParameterValues = Record<string, { shape: number[]; data: Float32Array }>;

/**
 * Reads some of the models in a checkpoint of the reference (`.pth.tar`).
 *
 * @param keys entries of the file, such as `encoder`, `predictor`, `target_encoder` or `classifier`
 * @throws InputError naming an entry that the file lacks; CheckpointError when it is no checkpoint
 */
export async function readReferenceParameters<Key extends string>(
  path: string,
  keys: readonly Key[],
): Promise<Record<Key, ParameterValues>> {
  const file = await openTorchCheckpoint(path);
  try {
    const models: [Key, ParameterValues][] = [];
    for (const key of keys) models.push([key, await parametersAt(path, file.root, key)]);
    return Object.fromEntries(models) as Record<Key, ParameterValues>;
  } finally {
    await file.close();
  }
}

async function parametersAt(path: string, root: CheckpointValue, key: string): Promise<ParameterValues> {
  const model = root instanceof Map ? root.get(key) : undefined;
  if (!(model instanceof Map)) {
    const found = root instanceof Map ? [...root.keys()].join(', ') : 'no dict';
    throw new InputError({ subject: path, problem: `expected parameters under '${key}', found ${found}` });
  }
  const parameters: ParameterValues = {};
  for (const [name, tensor] of model) {
    if (!isStoredTensor(tensor)) continue;
    parameters[stripPrefixes(String(name))] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
  }
  return parameters;
}
