import { requireRotarySide, requireWhole } from './check-config.js';
import { definedFields, type Overrides } from './encoder-config.js';
import { checkPredictorConfig, type PredictorConfig } from './predictor-config.js';
import type { Vjepa2EncoderConfig } from './vjepa2-encoder-config.js';

/** Everything that fixes the shape of a predictor of V-JEPA 2 or 2.1; its clips' grid is the one the positions are of. */
export interface Vjepa2PredictorConfig extends Omit<PredictorConfig, 'uniformPower'> {
  version: '2' | '2.1';
  /** How many of the encoder's levels a context token holds, joined on features. 1 in V-JEPA 2. */
  levels: number;
  /** See `RotaryOptions.side`; always `null` in V-JEPA 2. */
  rotarySide: number | null;
}

type Fields = Omit<Vjepa2PredictorConfig, 'version' | 'encoderDim'>;

/**
 * The predictor of V-JEPA 2 for an encoder: 12 blocks of width 384 and 12 heads, with the 10 mask tokens of the published
 * ones.
 *
 * @throws if the encoder is another version's or the fields contradict each other
 */
export function vjepa2PredictorConfig(
  encoder: Vjepa2EncoderConfig,
  overrides: Overrides<Omit<Fields, 'levels' | 'rotarySide'>> = {},
): Vjepa2PredictorConfig {
  requireVersion(encoder, '2');
  return checked({
    ...sharedFields(encoder),
    outputDim: encoder.embedDim,
    depth: 12,
    numMaskTokens: 10,
    ...definedFields(overrides),
    version: '2',
    levels: 1,
    rotarySide: null,
  });
}

/**
 * The predictor of V-JEPA 2.1 for an encoder: 24 blocks of width 384 and 12 heads from and to all of the encoder's levels,
 * with 8 mask tokens. That of a distilled encoder has 12 blocks, takes the last level alone and predicts the teacher's last:
 * `teacherDim` is the teacher's width (1664 for the published ones).
 *
 * @throws if the encoder is another version's or the fields contradict each other
 */
export function vjepa21PredictorConfig(
  encoder: Vjepa2EncoderConfig,
  overrides: Overrides<Fields & { teacherDim: number }> = {},
): Vjepa2PredictorConfig {
  requireVersion(encoder, '2.1');
  const { teacherDim, ...fields } = definedFields(overrides);
  if (teacherDim !== undefined && fields.outputDim !== undefined && fields.outputDim !== teacherDim) {
    throw new Error(
      `predictor config: outputDim ${fields.outputDim} is not teacherDim ${teacherDim}; give one of them`,
    );
  }
  const levels = fields.levels ?? (teacherDim === undefined ? encoder.normLayers.length : 1);
  if (levels > Math.max(1, encoder.normLayers.length)) {
    throw new Error(`predictor config: levels is ${levels}; the encoder has ${encoder.normLayers.length}`);
  }
  return checked({
    ...sharedFields(encoder),
    outputDim: teacherDim ?? levels * encoder.embedDim,
    depth: teacherDim === undefined ? 24 : 12,
    numMaskTokens: 8,
    rotarySide: encoder.rotarySide,
    ...fields,
    version: '2.1',
    levels,
  });
}

function sharedFields({ embedDim, imageSize, patchSize, numFrames, tubeletSize }: Vjepa2EncoderConfig) {
  return {
    encoderDim: embedDim,
    imageSize,
    patchSize,
    numFrames,
    tubeletSize,
    embedDim: 384,
    numHeads: 12,
    mlpRatio: 4,
    layerNormEpsilon: 1e-6,
    zeroInitMaskTokens: true,
  };
}

/** @throws if the encoder is one of another version */
function requireVersion(encoder: Partial<Vjepa2EncoderConfig>, version: '2' | '2.1'): void {
  const found = encoder.version ?? '1';
  if (found === version) return;
  const asked = { '1': 'predictorConfig', '2': 'vjepa2PredictorConfig', '2.1': 'vjepa21PredictorConfig' }[found];
  throw new Error(
    `predictor config: an encoder of V-JEPA ${found} has no predictor of V-JEPA ${version}; ask for ${asked}`,
  );
}

/** @throws if a field is not a positive number, whole where it must be, or the heads do not divide the width */
function checked(config: Vjepa2PredictorConfig): Vjepa2PredictorConfig {
  requireWhole('predictor', config, ['levels']);
  requireRotarySide('predictor', config.rotarySide);
  checkPredictorConfig(config);
  return config;
}
