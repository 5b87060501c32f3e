import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import type { FeedTree, FloatTensor, HostTensor } from '@vjepa/engine';
import { fixture, readFixtureJson } from '@vjepa/test-kit/fixtures';
import { encoderConfig, predictorConfig } from '@vjepa/vit';
import type { PretrainingInputs } from './index.js';

/** The recorded inputs of step i, in memory. */
export function recordedInputs(
  { tensors, manifest }: Awaited<ReturnType<typeof readPretrainingFixture>>,
  i: number,
): FeedTree<PretrainingInputs> {
  const record = manifest.steps[i];
  const tensor = (name: string): HostTensor => {
    const { shape, data } = tensors[`step${i}.${name}`]!;
    return { shape, data: data as HostTensor['data'] };
  };
  return {
    clips: tensor('clips'),
    context: [0, 1].map((mask) => tensor(`mask_context.${mask}`)),
    target: [0, 1].map((mask) => tensor(`mask_target.${mask}`)),
    learningRate: record.lr,
    weightDecay: record.weight_decay,
    momentum: record.ema,
    step: i + 1,
    clipNorm: record.clipped ? manifest.optimization.clip_grad : 0,
  };
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
