import { openSafetensors } from '@vjepa/checkpoints';
import type { Engine, HostTensor, HostTree } from '@vjepa/engine';
import { pretrainingStateOf } from '@vjepa/jepa';
import { type MaskPair, sliceMasks } from '@vjepa/masks';
import { InputError, maskInputs, type PretrainingPlan } from '@vjepa/training';
import type { CentreClip } from '@vjepa/video';
import { examination, type Networks } from './examination.js';

/** What a trained model makes of a clip. */
export interface ExaminedClip {
  clip: CentreClip;
  /** The masks it was given, of one clip each. */
  masks: MaskPair[];
  /** The prediction loss under these masks. */
  loss: number;
  /** The normalised features of the target encoder, or of the encoder where pixels are predicted, [N, D]. */
  features: Float32Array;
}

/** Clips that pass through the model together. */
const TOGETHER = 4;

/** What `examineClips` takes. */
export interface ExamineClipsOptions {
  clips: readonly CentreClip[];
  /** Of the run whose models these are. */
  plan: PretrainingPlan;
  /** A checkpoint of the run, and the updates it had done. */
  checkpoint: { path: string; step: number };
  engine: Engine;
}

/**
 * Encodes and predicts clips with the models of a checkpoint, under the masks of the steps that would come next.
 *
 * @throws CheckpointError when the checkpoint cannot be read; InputError when its run is distilled from a teacher
 */
export async function examineClips(options: ExamineClipsOptions): Promise<ExaminedClip[]> {
  const { clips, plan, checkpoint, engine } = options;
  if (plan.teacher) {
    const problem = 'is of a distilled run, and has no teacher to say what is to be predicted of a clip';
    throw new InputError({ subject: checkpoint.path, problem });
  }
  const run = engine.bind(examination(plan), await readModels(checkpoint.path));
  const batch = Math.min(TOGETHER, plan.settings.batchSize);
  const { numFrames: frames, imageSize: side } = plan.encoder;
  const examined: ExaminedClip[] = [];
  try {
    for (let start = 0; start < clips.length; start += batch) {
      const some = clips.slice(start, start + batch);
      const masks = plan.masksAt(checkpoint.step + start / batch).map((pair) => sliceMasks(pair, 0, batch));
      const pixels = new Uint8Array(batch * frames * side * side * 3);
      // A last group that is too small is filled up with black, so that the step is compiled once.
      for (const [i, clip] of some.entries()) pixels.set(clip.pixels, (i * pixels.length) / batch);
      const clipsOf = { shape: [batch, frames, side, side, 3], data: pixels };
      const { features, loss } = await run({ clips: clipsOf, ...maskInputs(masks) });
      const length = features.data.length / batch;
      for (const [i, clip] of some.entries()) {
        examined.push({
          clip,
          masks: masks.map((pair) => sliceMasks(pair, i, i + 1)),
          loss: Number(loss.data[i]),
          features: (features.data as Float32Array).slice(i * length, (i + 1) * length),
        });
      }
    }
  } finally {
    run.dispose();
  }
  return examined;
}

/** The networks of a checkpoint, without the optimiser's state. */
async function readModels(path: string): Promise<HostTree<Networks>> {
  const file = await openSafetensors(path);
  try {
    const state: Record<string, HostTensor> = {};
    for (const [name, tensor] of file.tensors) {
      if (!/^(encoder|predictor|target_encoder)\./.test(name)) continue;
      state[name] = { shape: [...tensor.shape], data: (await tensor.read()) as HostTensor['data'] };
    }
    const { encoder, predictor, targetEncoder } = pretrainingStateOf(state);
    return { encoder, predictor, targetEncoder };
  } finally {
    await file.close();
  }
}
