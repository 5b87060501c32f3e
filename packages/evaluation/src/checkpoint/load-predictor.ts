import { compareShapes, inspectCheckpoint, modelVersion, requireSameShapes } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { InputError, reasonOf, unfitSetting } from '@vjepa/training';
import {
  type ClipEncoder,
  type ClipPredictor,
  isVjepa2,
  type ParameterShapes,
  type PredictorConfig,
  positionTable,
  predictorConfig,
  predictorParameterShapes,
  type RecognizedPredictor,
  recognizePredictor,
  versionOf,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { requireEncoder } from '../require-given.js';
import { describeVersion } from './describe-architecture.js';
import { encoderFile } from './encoder-file.js';
import { withoutTables } from './load-encoder.js';
import { predictsPixels } from './predicts-pixels.js';
import { requireFinite } from './require-finite.js';
import { headsUnknown, openModel } from './unfit-checkpoint.js';

/** P of the published predictors, which have 12 heads. */
const PUBLISHED_WIDTH = 384;

/** A pretrained predictor in memory. */
export interface LoadedPredictor {
  predictor: ClipPredictor;
  /** By the names of the reference state dict, in its order. */
  parameters: Record<string, HostTensor<Float32Array>>;
  /** What was done beyond reading tensor for tensor, one sentence each. */
  notes: string[];
}

/** What a path and an encoder do not tell `loadPredictor`. */
export interface LoadPredictorOptions {
  /** The model in the file. Default: `predictor`, or the file itself where it is one. */
  key?: string | undefined;
  /** Attention heads, which no tensor tells. Default: 12; of V-JEPA the encoder's. */
  numHeads?: number | undefined;
}

/**
 * Reads the predictor that was trained with an encoder, from the same kinds of files and as strictly as `loadEncoder`. Its
 * clips are the encoder's, whose grid its positions are of. Depth, width, mask tokens and levels are what the tensors say;
 * that of V-JEPA 2.1 interpolates positions as its encoder does and as it was trained, `rotarySide: null` in its
 * configuration is without.
 *
 * @throws InputError when it is no predictor of features, one of another encoder or of another V-JEPA, or lists every missing,
 *   unexpected and mis-shaped name; CheckpointError when the file cannot be read
 */
export async function loadPredictor(
  path: string,
  encoder: ClipEncoder,
  { key, numHeads }: LoadPredictorOptions = {},
): Promise<LoadedPredictor> {
  if (typeof path !== 'string') throw unfitSetting('path', 'a checkpoint, or the folder of a run', path);
  requireEncoder(encoder);
  const file = encoderFile(path);
  if (await predictsPixels(file)) {
    const problem = 'is of a pretraining that predicts pixels: its predictor knows no features';
    throw new InputError({
      subject: file,
      problem,
      remedy: 'name a run that predicts features',
      code: 'other-predictor',
    });
  }
  const notes: string[] = [];
  const stored = await openModel(file, key ?? (await usualKey(file)), 'predictor');
  try {
    const found = recognizePredictor(stored.tensors)!;
    requireOfEncoder(file, found, encoder);
    const told = modelVersion(stored.tensors);
    if (!isVjepa2(encoder) && told !== undefined && !told.certain) {
      notes.push(
        `${file}: read as V-JEPA, as the encoder is; ${told.ground}, as those of ${told.version} are published`,
      );
    }
    const { predictor, shapes } = predictorOf(file, found, encoder, numHeads ?? stored.huggingFace?.predictor.numHeads);
    const tensors = isVjepa2(predictor) ? withoutTables(file, stored.tensors, notes) : stored.tensors;
    requireSameShapes(file, compareShapes(shapes, tensors));
    const parameters: LoadedPredictor['parameters'] = {};
    for (const [name, shape] of shapes) {
      const values = await tensors.get(name)!.readFloat32();
      const isTable = name === 'predictor_pos_embed' && !isVjepa2(predictor);
      const data = isTable ? positionsOf(predictor, values) : values;
      if (data !== values)
        notes.push(`${file}: predictor_pos_embed was made for other clips; the model's own table takes its place`);
      parameters[name] = { shape, data };
    }
    requireFinite(file, parameters);
    return { predictor, parameters, notes };
  } finally {
    await stored.close();
  }
}

/** Values in half precision are off by less. */
const TOLERANCE = 0.02;

/**
 * The position table of a file, or the model's own where the file's was made for other clips: of another length, or with
 * other places under the same numbers.
 */
function positionsOf(predictor: PredictorConfig, table: Float32Array): Float32Array {
  const { data: own } = positionTable(predictor);
  const isOwn = table.length === own.length && table.every((value, i) => Math.abs(value - own[i]!) < TOLERANCE);
  return isOwn ? table : own;
}

/** `predictor`, or none of a file that is one itself. */
async function usualKey(path: string): Promise<string | undefined> {
  const { models } = await inspectCheckpoint(path);
  return models.some(({ kind, key }) => kind === 'predictor' && key === undefined) ? undefined : 'predictor';
}

/** @throws InputError when tokens of another width, another number of levels or another V-JEPA's are taken */
function requireOfEncoder(path: string, { version, config }: RecognizedPredictor, encoder: ClipEncoder): void {
  const own = versionOf(encoder);
  const levels = isVjepa2(encoder) && config.levels > 1 ? Math.max(1, encoder.normLayers.length) : 1;
  const differences: string[] = [];
  if (version === undefined ? own === '2.1' : version !== own) {
    const theirs = version === undefined ? 'V-JEPA or V-JEPA 2' : describeVersion(version);
    differences.push(`the predictor is one of ${theirs}, the encoder of ${describeVersion(own)}`);
  }
  if (config.encoderDim !== encoder.embedDim) {
    const widths = `takes tokens ${config.encoderDim} wide, the encoder's are ${encoder.embedDim} wide`;
    differences.push(`the predictor ${widths}`);
  }
  if (config.levels !== levels) differences.push(`it takes ${config.levels} levels, the encoder has ${levels}`);
  if (differences.length === 0) return;
  throw new InputError({
    subject: path,
    problem: differences.join('; '),
    remedy: 'name the file of the predictor that was trained with this encoder, or that encoder',
    code: 'other-encoder',
  });
}

/** The configuration of a predictor that its tensors and its encoder tell, and the shapes it needs. */
function predictorOf(
  path: string,
  { config }: RecognizedPredictor,
  encoder: ClipEncoder,
  numHeads: number | undefined,
): { predictor: ClipPredictor; shapes: ParameterShapes } {
  const { levels, encoderDim, ...sizes } = config;
  try {
    if (!isVjepa2(encoder)) {
      const predictor = predictorConfig(encoder, { ...sizes, numHeads });
      return { predictor, shapes: predictorParameterShapes(predictor) };
    }
    if (numHeads === undefined && config.embedDim !== PUBLISHED_WIDTH) {
      throw headsUnknown(
        path,
        `the predictor is ${config.embedDim} wide and not ${PUBLISHED_WIDTH}, as the published ones are`,
      );
    }
    const own = { ...sizes, numHeads };
    const predictor =
      encoder.version === '2'
        ? vjepa2PredictorConfig(encoder, own)
        : vjepa21PredictorConfig(encoder, { ...own, levels });
    return { predictor, shapes: vjepa2PredictorParameterShapes(predictor) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ subject: path, problem: reasonOf(error), cause: error });
  }
}
