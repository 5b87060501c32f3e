import {
  clipEncoderParameterShapes,
  clipPredictorParameterShapes,
  isTrainable,
  type ParameterShapes,
} from '@vjepa/vit';
import type { PretrainingModel } from '../plan/pretraining-model.js';

/** Numbers of values of some parameters. */
export interface CutValues {
  /** Of which each device has its part. */
  cut: number;
  /** Of tensors of two axes or more that each device has whole. */
  matrices: number;
  /** Of vectors, which every device has whole. */
  vectors: number;
}

/** The state of a pretraining, as devices that keep a part of it each have it; where none does, nothing is `cut`. */
export interface CutState {
  /** Parameters that AdamW changes. */
  trained: CutValues;
  /** Tables of positions of encoder, predictor and target encoder, which nothing changes. */
  frozen: CutValues;
  /** The target encoder's other parameters. */
  target: CutValues;
  /** The frozen teacher's. */
  teacher: CutValues;
  /** Of the trained: the patch embedding, whose input needs no gradient. */
  patchEmbedding: CutValues;
}

/**
 * Counts a state's values by how @vjepa/xla cuts them: a tensor of two axes or more along the first that the devices divide
 * evenly.
 *
 * @param devices 1: nothing is cut
 */
export function cutState(
  { encoder, predictor, hasTargetEncoder, teacher }: PretrainingModel,
  devices: number,
): CutState {
  const ofEncoder = clipEncoderParameterShapes(encoder);
  const ofPredictor = clipPredictorParameterShapes(predictor);
  const ofTarget: ParameterShapes = hasTargetEncoder ? ofEncoder : new Map();
  const count = (all: readonly ParameterShapes[], which: (name: string) => boolean) => {
    const values: CutValues = { cut: 0, matrices: 0, vectors: 0 };
    for (const [name, shape] of all.flatMap((shapes) => [...shapes])) {
      if (which(name)) values[kindOf(shape, devices)] += sizeOf(shape);
    }
    return values;
  };
  return {
    trained: count([ofEncoder, ofPredictor], isTrainable),
    frozen: count([ofEncoder, ofPredictor, ofTarget], (name) => !isTrainable(name)),
    target: count([ofTarget], isTrainable),
    teacher: count(teacher ? [clipEncoderParameterShapes(teacher)] : [], () => true),
    patchEmbedding: count([ofEncoder], (name) => name.startsWith('patch_embed')),
  };
}

/** Vectors stay whole, and what cannot be cut evenly. */
function kindOf(shape: readonly number[], devices: number): keyof CutValues {
  if (shape.length < 2) return 'vectors';
  return devices > 1 && shape.some((size) => size % devices === 0) ? 'cut' : 'matrices';
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of float32 that one device has of values that `devices` share. */
export function bytesOnDevice({ cut, matrices, vectors }: CutValues, devices: number): number {
  return 4 * (cut / devices + matrices + vectors);
}
