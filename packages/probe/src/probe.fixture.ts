import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import type { FloatTensor, HostTensor } from '@vjepa/engine';
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

/** Tensors of the recording, by their names there. */
export function recorded(tensors: Awaited<ReturnType<typeof readProbeFixture>>['tensors'], name: string): HostTensor {
  const { shape, data } = tensors[name]!;
  return { shape, data: data as HostTensor['data'] };
}
