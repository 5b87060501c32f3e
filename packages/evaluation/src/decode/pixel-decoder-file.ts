import type { FloatTensor } from '@vjepa/engine';
import {
  type DecodedTokens,
  type PixelDecoderConfig,
  pixelDecoderConfig,
  pixelDecoderParameterShapes,
} from '@vjepa/probe';
import { InputError, option, sentence } from '@vjepa/training';
import { tokenGrid } from '@vjepa/vit';
import { readTrained, type TrainedFileKind, writeTrained } from '../checkpoint/trained-file.js';
import { parametersDigest } from '../evaluate/feature-cache.js';
import type { PredictingModels } from '../predict/load-predicting-models.js';
import type { DecoderPlan } from './decoder-plan.js';

/** A trained decoder in memory. */
export interface PixelDecoder {
  config: PixelDecoderConfig;
  parameters: Record<string, FloatTensor>;
  training: DecoderOrigin;
}

/** What a decoder was trained on. */
export interface DecoderOrigin extends Pick<DecoderPlan, 'clips' | 'masks' | 'context' | 'maskIndex' | 'features'> {
  /** Digests of the models whose features it decodes. */
  weights: Record<string, string>;
}

const FILES: TrainedFileKind<PixelDecoderConfig> = {
  ...{ format: 'vjepa-pixel-decoder', name: 'a decoder', isNone: 'is no decoder of features', code: 'no-decoder' },
  remedy: 'name the decoder.safetensors that a training of a decoder has left',
  shapesOf({ featureDim, grid, patchSize, tubeletSize, ...sizes }) {
    const config = pixelDecoderConfig({ featureDim, grid, patchSize, tubeletSize }, sizes);
    return { config, shapes: pixelDecoderParameterShapes(config) };
  },
};

/** Writes a decoder with its configuration and what it was trained on. */
export function savePixelDecoder(path: string, decoder: PixelDecoder): Promise<void> {
  return writeTrained(path, FILES, decoder);
}

/**
 * Reads a decoder that `trainDecoder` has written.
 *
 * @throws InputError when the file holds something else, or lists every missing, unexpected and mis-shaped name;
 *   CheckpointError when it cannot be read
 */
export function loadPixelDecoder(path: string): Promise<PixelDecoder> {
  return readTrained(path, FILES);
}

/** By which the models whose features a decoder decodes are known again. */
export function modelDigests(models: Pick<PredictingModels, 'parameters' | 'predictorParameters' | 'target'>) {
  const { parameters, predictorParameters, target } = models;
  return {
    encoder: parametersDigest(parameters),
    predictor: parametersDigest(predictorParameters),
    ...(target && { target: parametersDigest(target.parameters) }),
  };
}

/** What is decoded of the models' clips. */
export function decodedTokens({ encoder, predictor }: Pick<PredictingModels, 'encoder' | 'predictor'>): DecodedTokens {
  const tubeletSize = encoder.numFrames === 1 ? 1 : encoder.tubeletSize;
  const { patchSize } = encoder;
  return { grid: tokenGrid(encoder), patchSize, tubeletSize, featureDim: predictor.outputDim };
}

/** What has to be the same, in words. */
const SIZES = {
  ...{ depth: 'time steps of a clip', height: 'rows of tokens', width: 'columns of tokens' },
  ...{ patchSize: 'pixels of a patch', tubeletSize: 'frames of a token', featureDim: 'width of the features' },
};
type Sizes = Record<keyof typeof SIZES, number>;

/**
 * Refuses a decoder of other features than those of the models at hand: it would give pictures, of nothing.
 *
 * @throws InputError naming what does not fit
 */
export function requireDecoderOf({ config, training }: PixelDecoder, models: Omit<PredictingModels, 'notes'>): void {
  const tokens = decodedTokens(models);
  const [own, known] = [tokens, config].map(({ grid, patchSize, tubeletSize, featureDim }) => {
    return { ...grid, patchSize, tubeletSize, featureDim };
  }) as [Sizes, Sizes];
  const differences = (Object.keys(SIZES) as (keyof Sizes)[])
    .filter((name) => own[name] !== known[name])
    .map((name) => `${SIZES[name]}: ${known[name]}, of the models here ${own[name]}`);
  if (differences.length === 0) {
    const digests: Record<string, string> = modelDigests(models);
    const others = [...new Set([...Object.keys(digests), ...Object.keys(training.weights)])].filter(
      (name) => digests[name] !== training.weights[name],
    );
    if (others.length > 0) differences.push(`it was trained on other weights (${others.join(', ')})`);
  }
  if (differences.length === 0) return;
  throw new InputError({
    subject: option('pixelDecoder'),
    problem: `decodes features of another model: ${differences.join('; ')}`,
    remedy: sentence`name the checkpoint that it was trained on, or train a decoder for this one`,
    code: 'other-model',
  });
}
