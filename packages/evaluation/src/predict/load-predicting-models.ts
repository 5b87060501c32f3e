import { inspectCheckpoint } from '@vjepa/checkpoints';
import { InputError, option, reasonOf, type Sentence, sentence } from '@vjepa/training';
import { type ClipEncoder, type ClipEncoderName, type ModelVersion, versionOf } from '@vjepa/vit';
import { encoderFile } from '../checkpoint/encoder-file.js';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { loadPredictor } from '../checkpoint/load-predictor.js';
import { recognizeCheckpoint } from '../checkpoint/recognized-encoder.js';
import type { FeaturePredictorOptions } from './feature-predictor.js';

/** Which models of which files predict. */
export interface PredictingModelOptions {
  /** What the encoder must be: see `loadEncoder`. Default: what the tensors say it is. */
  encoder?: ClipEncoder | ClipEncoderName | (string & {}) | undefined;
  /**
   * The encoder in the file, for context and targets. Default: as in training, `encoder` for the context and its moving average
   * for the targets where the file has both; else the one that it has.
   */
  key?: string | undefined;
  /** The file of the predictor, where it is another. */
  predictor?: string | undefined;
  /** The file of the encoder whose features are predicted, where it is another. */
  target?: string | undefined;
  /** Which V-JEPA the models are of, where that is left open: see `loadEncoder`. */
  version?: ModelVersion | undefined;
  /** Attention heads, which no tensor tells: see `loadEncoder` and `loadPredictor`. */
  numHeads?: number | undefined;
  predictorHeads?: number | undefined;
  targetHeads?: number | undefined;
}

/** Models that predict, as `measureSurprise` and `predictFeatures` take them. */
export interface PredictingModels
  extends Pick<FeaturePredictorOptions, 'encoder' | 'parameters' | 'predictor' | 'predictorParameters' | 'target'> {
  /** What was done beyond reading tensor for tensor, one sentence each. */
  notes: string[];
}

/** The moving average that gives the targets in training; that of a distilled model, `ema_encoder`, does not. */
const AVERAGE = 'target_encoder';

/**
 * Reads an encoder, its predictor and the encoder whose features it predicts, of one file or of several.
 *
 * @param path a checkpoint, or the folder of a run
 * @throws InputError when a file holds no predictor, or one of other models; as `loadEncoder` and `loadPredictor` do
 */
export async function loadPredictingModels(
  path: string,
  {
    encoder: model,
    key,
    predictor: predictorPath,
    target,
    version,
    numHeads,
    predictorHeads,
    targetHeads,
  }: PredictingModelOptions = {},
): Promise<PredictingModels> {
  const file = encoderFile(path);
  const { models } = await inspectCheckpoint(file);
  const keys = models.filter(({ kind }) => kind === 'encoder').map((found) => found.key);
  const both = key === undefined && target === undefined && [AVERAGE, 'encoder'].every((name) => keys.includes(name));
  const context = await loadEncoder(file, model, { key: both ? 'encoder' : key, version, numHeads });
  const { encoder, parameters } = context;
  const { predictor, ...read } = await loadPredictor(predictorPath ?? file, encoder, {
    numHeads: predictorHeads,
  }).catch((cause: unknown) => {
    throw inOwnWords(cause, {
      'heads-unknown': sentence`of a predictor that is ${option('predictorHeads: N')}`,
      ...(predictorPath === undefined && { 'no-predictor': sentence`give that file as ${option('predictor')}` }),
    });
  });
  const notes = [...context.notes, ...read.notes];
  const own = { encoder, parameters, predictor, predictorParameters: read.parameters };
  if (both) {
    const moving = await loadEncoder(file, encoder, { key: AVERAGE });
    const note = `${file}: 'encoder' sees the context, '${AVERAGE}' the whole clip, as in training`;
    return { ...own, target: moving, notes: [...new Set([...notes, ...moving.notes, note])] };
  }
  if (target === undefined) return { ...own, notes };
  // Features of another V-JEPA are none that this predictor was trained on.
  const { encoder: found, doubts } = await recognizeCheckpoint(target, {
    version: version ?? versionOf(encoder),
    numHeads: targetHeads,
  }).catch((cause: unknown) => {
    throw inOwnWords(cause, { 'heads-unknown': sentence`of a target that is ${option('targetHeads: N')}` });
  });
  const { imageSize, numFrames } = encoder;
  const teacher = await loadEncoder(target, { ...found, imageSize, numFrames });
  const doubted = doubts.map((doubt) => `${target}: ${doubt}`);
  return { ...own, target: teacher, notes: [...new Set([...notes, ...doubted, ...teacher.notes])] };
}

/** What a loader refuses, with what the remedies for some of it are called here. */
function inOwnWords(cause: unknown, remedies: Readonly<Record<string, Sentence>>): unknown {
  if (!(cause instanceof InputError)) return cause;
  const { code } = cause;
  const remedy = code === undefined ? undefined : remedies[code];
  return remedy === undefined ? cause : new InputError({ problem: reasonOf(cause), remedy, code, cause });
}
