import type * as tf from '@tensorflow/tfjs-core';
import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import { type FeedTree, type FloatTensor, flatten, type HostTensor, type StepFunction } from '@vjepa/engine';
import { fixture, readFixtureJson } from '@vjepa/test-kit/fixtures';
import { encoderConfig, predictorConfig } from '@vjepa/vit';
import type { PretrainingInputs } from './index.js';

/**
 * Runs a step and lets go of the state it replaces and of the inputs, as an engine does.
 *
 * @returns outputs by their flat names
 */
export function runStep<State extends object, Inputs extends object, Outputs>(
  step: StepFunction<State, Inputs, Outputs>,
  state: State,
  inputs: Inputs,
): { state: State; outputs: Record<string, number> } {
  const result = step(state, inputs);
  const next = { ...state, ...result.state };
  const kept = new Set(Object.values(flatten<tf.Tensor>(next)));
  for (const tensor of Object.values(flatten<tf.Tensor>(state))) if (!kept.has(tensor)) tensor.dispose();
  const outputs = flatten<tf.Tensor>(result.outputs);
  const values = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync()[0]!]));
  for (const tensor of Object.values({ ...flatten<tf.Tensor>(inputs), ...outputs })) tensor.dispose();
  return { state: next, outputs: values };
}

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
