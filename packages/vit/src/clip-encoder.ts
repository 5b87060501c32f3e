import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import {
  type EncoderConfig,
  type EncoderName,
  encoderConfig,
  encoderNameOf,
  encoderNames,
  type Overrides,
} from './encoder-config.js';
import { type InitializeOptions, initializeEncoder, initializePredictor } from './initialize.js';
import { initializeVjepa2Encoder, initializeVjepa2Predictor } from './initialize-vjepa2.js';
import { encoderParameterShapes, type ParameterShapes, predictorParameterShapes } from './parameter-shapes.js';
import { type PredictorConfig, predictorConfig } from './predictor-config.js';
import {
  type Vjepa2EncoderConfig,
  type Vjepa2EncoderName,
  vjepa2EncoderConfig,
  vjepa2EncoderNameOf,
  vjepa2EncoderNames,
  vjepa21EncoderConfig,
} from './vjepa2-encoder-config.js';
import { vjepa2EncoderParameterShapes, vjepa2PredictorParameterShapes } from './vjepa2-parameter-shapes.js';
import {
  type Vjepa2PredictorConfig,
  vjepa2PredictorConfig,
  vjepa21PredictorConfig,
} from './vjepa2-predictor-config.js';

/** An encoder of V-JEPA, V-JEPA 2 or 2.1. */
export type ClipEncoder = EncoderConfig | Vjepa2EncoderConfig;

/** A predictor of V-JEPA, V-JEPA 2 or 2.1. */
export type ClipPredictor = PredictorConfig | Vjepa2PredictorConfig;

/** Which V-JEPA a model is of. */
export type ModelVersion = '1' | '2' | '2.1';

/** Whether an encoder or a predictor is one of V-JEPA 2 or 2.1. */
export function isVjepa2<Model extends ClipEncoder | ClipPredictor>(
  model: Model,
): model is Extract<Model, { version: unknown }> {
  return 'version' in model;
}

/** Which V-JEPA an encoder or a predictor is of. */
export function versionOf(model: ClipEncoder | ClipPredictor): ModelVersion {
  return isVjepa2(model) ? model.version : '1';
}

/** What stands before the names of the encoders of each version. */
const PREFIXES: Readonly<Record<ModelVersion, string>> = { '1': '', '2': 'vjepa2_', '2.1': 'vjepa2_1_' };

/** Names of the encoders of all versions: `vit_large` is V-JEPA's, `vjepa2_vit_large` and `vjepa2_1_vit_large` the others'. */
export type ClipEncoderName = EncoderName | `vjepa2_${Vjepa2EncoderName}` | `vjepa2_1_${Vjepa2EncoderName}`;

/** The version that a name is of, and the size behind its prefix. */
export function splitEncoderName(name: string): { version: ModelVersion; size: string } {
  const version = (['2.1', '2'] as const).find((candidate) => name.startsWith(PREFIXES[candidate])) ?? '1';
  return { version, size: name.slice(PREFIXES[version].length) };
}

/**
 * The configuration of a named encoder of any version.
 *
 * @param overrides fields that replace the named one's; those that its version does not have are passed over
 * @throws if the name is unknown or the fields contradict each other
 */
export function clipEncoderConfig(
  name: ClipEncoderName | (string & {}),
  overrides: Overrides<EncoderConfig & Omit<Vjepa2EncoderConfig, 'version'>> = {},
): ClipEncoder {
  const { version, size } = splitEncoderName(name);
  const { uniformPower, rotarySide, normLayers, positionSide, ...common } = overrides;
  if (version === '1') return encoderConfig(size, { ...common, uniformPower });
  if (!vjepa2EncoderNames.includes(size as Vjepa2EncoderName)) {
    const known = vjepa2EncoderNames.map((each) => PREFIXES[version] + each);
    throw new Error(`unknown encoder '${name}'; the encoders of V-JEPA ${version} are ${known.join(', ')}`);
  }
  return version === '2'
    ? vjepa2EncoderConfig(size, { ...common, positionSide })
    : vjepa21EncoderConfig(size, { ...common, rotarySide, normLayers, positionSide });
}

/** Sizes of a predictor that do not follow from its encoder. */
export type ClipPredictorSizes = Overrides<
  Pick<PredictorConfig, 'embedDim' | 'depth' | 'numHeads' | 'numMaskTokens' | 'zeroInitMaskTokens'> &
    Pick<Vjepa2PredictorConfig, 'levels'> & { teacherDim: number }
>;

/**
 * The predictor of an encoder, of the encoder's version.
 *
 * @param sizes `levels` are V-JEPA 2.1's; `teacherDim`, the width of the features of another encoder that are predicted, is V-JEPA 2's
 * @throws if the fields contradict each other
 */
export function clipPredictorConfig(encoder: ClipEncoder, sizes: ClipPredictorSizes = {}): ClipPredictor {
  const { levels, teacherDim, ...common } = sizes;
  if (!isVjepa2(encoder)) return predictorConfig(encoder, common);
  return encoder.version === '2.1'
    ? vjepa21PredictorConfig(encoder, { ...common, levels, teacherDim })
    : vjepa2PredictorConfig(encoder, { ...common, outputDim: teacherDim });
}

/** The name of an encoder's version and size; undefined when there is none. */
export function clipEncoderNameOf(encoder: ClipEncoder): ClipEncoderName | undefined {
  return nameOfSize(versionOf(encoder), encoder);
}

/** The named encoder of this version, width and number of blocks; undefined when there is none. */
export function nameOfSize(
  version: ModelVersion,
  size: Pick<EncoderConfig, 'embedDim' | 'depth'> & Partial<Pick<EncoderConfig, 'numHeads'>>,
): ClipEncoderName | undefined {
  const name = version === '1' ? encoderNameOf(size) : vjepa2EncoderNameOf(size);
  return name && (`${PREFIXES[version]}${name}` as ClipEncoderName);
}

/** Names, shapes and order of an encoder's parameters, as in the reference state dict. */
export function clipEncoderParameterShapes(encoder: ClipEncoder): ParameterShapes {
  return isVjepa2(encoder) ? vjepa2EncoderParameterShapes(encoder) : encoderParameterShapes(encoder);
}

/** Names, shapes and order of a predictor's parameters, as in the reference state dict. */
export function clipPredictorParameterShapes(predictor: ClipPredictor): ParameterShapes {
  return isVjepa2(predictor) ? vjepa2PredictorParameterShapes(predictor) : predictorParameterShapes(predictor);
}

/** Freshly drawn parameters of an encoder, as its version draws them: see `initializeEncoder`, `initializeVjepa2Encoder`. */
export function initializeClipEncoder(
  encoder: ClipEncoder,
  random: RandomGenerator,
  options: Pick<InitializeOptions, 'deviation'> = {},
): Record<string, FloatTensor> {
  return isVjepa2(encoder)
    ? initializeVjepa2Encoder(encoder, random, options)
    : initializeEncoder(encoder, random, options);
}

/** Freshly drawn parameters of a predictor, as its version draws them. */
export function initializeClipPredictor(
  predictor: ClipPredictor,
  random: RandomGenerator,
  options: Pick<InitializeOptions, 'deviation'> = {},
): Record<string, FloatTensor> {
  return isVjepa2(predictor)
    ? initializeVjepa2Predictor(predictor, random, options)
    : initializePredictor(predictor, random, options);
}

/** The encoder's name; else a named one of the same version, and if there is one of the same width, as what it is a variant of. */
export function nearestEncoderName(encoder: ClipEncoder): ClipEncoderName {
  const own = clipEncoderNameOf(encoder);
  if (own !== undefined) return own;
  const version = versionOf(encoder);
  if (version !== '1') return version === '2' ? 'vjepa2_vit_large' : 'vjepa2_1_vit_large';
  return encoderNames.find((name) => encoderConfig(name).embedDim === encoder.embedDim) ?? 'vit_tiny';
}
