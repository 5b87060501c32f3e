import { CheckpointError } from './checkpoint-error.js';
import { DEFAULT_NUMBERS, type HuggingFaceConfig, type HuggingFaceNumbers } from './hugging-face-config.js';
import { contradictions, type HuggingFaceSizes } from './hugging-face-sizes.js';
import { NAMED_ENCODERS } from './named-encoders.js';

/** What no tensor tells of a model that becomes a Hugging Face folder. */
export interface HuggingFaceOptions {
  /** That it is V-JEPA 2, where no tensor tells it from V-JEPA. */
  version?: '2' | undefined;
  /** Side of the frames in pixels. Default: what a config of the source says, else 256. */
  imageSize?: number | undefined;
  /** Frames of a clip. Default: what a config of the source says, else 64. */
  numFrames?: number | undefined;
  /** Attention heads of the encoder. Default: what a config says, else those of the named encoder of its width. */
  numHeads?: number | undefined;
  /** Attention heads of the predictor. Default: what a config says, else 12. */
  predictorHeads?: number | undefined;
  /** The file with the probe that makes it a classification model, where the source has none. */
  probe?: string | undefined;
  /** What the probe's classes are called, in their order. Default: what a config says, else `LABEL_0`, … */
  labels?: readonly string[] | undefined;
}

/** The numbers and labels of a config that is to be written. */
export interface NewHuggingFaceConfig {
  numbers: HuggingFaceNumbers;
  /** Empty without a probe. */
  labels: readonly string[];
  /** What was taken as usual, one phrase each. */
  assumed: string[];
}

/**
 * The config of a model, by its tensors and by what is said of it.
 *
 * @param path the source, for messages
 * @param said what the source's own config says
 * @throws CheckpointError when something is neither told, said nor usual, or contradicts the tensors
 */
export function newHuggingFaceConfig(
  path: string,
  sizes: HuggingFaceSizes,
  said: HuggingFaceConfig | undefined,
  options: HuggingFaceOptions,
): NewHuggingFaceConfig {
  const { numbers: told, hidden, classes } = sizes;
  const width = told.hidden_size ?? DEFAULT_NUMBERS.hidden_size;
  const predictorWidth = told.pred_hidden_size ?? DEFAULT_NUMBERS.pred_hidden_size;
  const heads = options.numHeads ?? said?.encoder.numHeads ?? usualHeads(width);
  const predictorHeads = options.predictorHeads ?? said?.predictor.numHeads ?? usualPredictorHeads(predictorWidth);
  const imageSize = options.imageSize ?? said?.encoder.imageSize;
  const numFrames = options.numFrames ?? said?.encoder.numFrames;
  const numbers = {
    ...DEFAULT_NUMBERS,
    ...told,
    ...(imageSize !== undefined && { crop_size: imageSize }),
    ...(numFrames !== undefined && { frames_per_clip: numFrames }),
    num_attention_heads: heads ?? unknownHeads(path, 'encoder', width),
    pred_num_attention_heads: predictorHeads ?? unknownHeads(path, 'predictor', predictorWidth),
    layer_norm_eps: said?.encoder.layerNormEpsilon ?? DEFAULT_NUMBERS.layer_norm_eps,
    mlp_ratio: ratioOf(hidden.mlp_ratio, width),
    pred_mlp_ratio: ratioOf(hidden.pred_mlp_ratio, predictorWidth),
  };
  const labels = classes === undefined ? [] : (options.labels ?? said?.probe.labels ?? []);
  const wrong = contradictions(numbers, labels, sizes);
  if (wrong.length > 0) throw new CheckpointError(path, wrong.join('; '), 'say what the model really has');
  return {
    numbers,
    labels: labels.length > 0 ? labels : Array.from({ length: classes ?? 0 }, (_, i) => `LABEL_${i}`),
    assumed: [
      ...(imageSize === undefined ? [`frames of ${numbers.crop_size} x ${numbers.crop_size}`] : []),
      ...(numFrames === undefined ? [`clips of ${numbers.frames_per_clip} frames`] : []),
    ],
  };
}

function usualHeads(width: number): number | undefined {
  return NAMED_ENCODERS.find(({ embedDim }) => embedDim === width)?.numHeads;
}

/** Of the predictors of published models, 384 wide. */
function usualPredictorHeads(width: number): number | undefined {
  return width === DEFAULT_NUMBERS.pred_hidden_size ? DEFAULT_NUMBERS.pred_num_attention_heads : undefined;
}

function unknownHeads(path: string, part: string, width: number): never {
  const problem = `its ${part} is ${width} wide, as none of the published ones is, and no tensor tells its number of heads`;
  throw new CheckpointError(path, problem, `say how many heads the ${part} has`);
}

/** transformers takes the whole part of width times ratio, which a quotient may miss by a rounding. */
function ratioOf(hidden: number | undefined, width: number): number {
  if (hidden === undefined) return DEFAULT_NUMBERS.mlp_ratio;
  const ratio = hidden / width;
  return Math.trunc(width * ratio) === hidden ? ratio : ratio * (1 + Number.EPSILON);
}
