import { writeTorchCheckpoint } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { encoderConfig, type ParameterShapes, positionTable } from '@vjepa/vit';

/** Parameters by name. */
export type StoredModel = Readonly<Record<string, HostTensor>>;

/** Writes models by their keys as the original does, which wraps each twice. */
export async function writePublished(path: string, models: Readonly<Record<string, StoredModel>>): Promise<string> {
  const wrapped = Object.entries(models).map(([key, tensors]) => {
    return [key, new Map(Object.entries(tensors).map(([name, tensor]) => [`module.backbone.${name}`, tensor]))];
  });
  await writeTorchCheckpoint(path, { ...Object.fromEntries(wrapped), epoch: 1 });
  return path;
}

/** Parameters of these shapes where values do not matter. */
export function zeros(shapes: ParameterShapes): Record<string, HostTensor> {
  return Object.fromEntries(
    Array.from(shapes, ([name, shape]) => {
      return [name, { shape, data: new Float32Array(shape.reduce((size, length) => size * length, 1)) }];
    }),
  );
}

/** V-JEPA's position table, 192 wide, as released files of V-JEPA 2 carry it: of 64 frames of 256 x 256 where nothing is said. */
export function carriedTable(numFrames = 64, imageSize = 256): StoredModel {
  const values = positionTable(encoderConfig('vit_tiny', { numFrames, imageSize })).data;
  return { pos_embed: { shape: [1, values.length / 192, 192], data: values } };
}
