import type * as tf from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import {
  type PixelDecoderConfig,
  type PixelDecoderInputs,
  type PixelDecoderOutputs,
  type PixelDecoderState,
  pixelDecoderStep,
} from '@vjepa/probe';
import { type ClipEncoder, gatherTokens, normalizePatches, patchify, presentTokens } from '@vjepa/vit';
import {
  normalizedTargets,
  type PredictingModel,
  type PredictionState,
  predictedFeatures,
} from '../predict/prediction-step.js';
import type { DecodedFeatures } from './decoder-plan.js';

/** Which features of which models a decoder is trained on. */
export interface DecodingStepSettings {
  model: PredictingModel;
  /** The encoder whose features are predicted. */
  target: ClipEncoder;
  /** The mask token of each mask. */
  maskIndices: readonly number[];
  features: DecodedFeatures;
  decoder: PixelDecoderConfig;
}

/** The decoder's state, and the frozen models beside it. */
export type DecodingState = PixelDecoderState & PredictionState;

/** Masks by kind: int32 [B, Kc_i] and [B, Kt_i]. */
type Masks = { context: tf.Tensor[]; target: tf.Tensor[] };

/** What it is fed: clips [B, T, H, W, 3] with values 0..255 and masks, and for the rest what `pixelDecoderStep` is. */
export type DecodingInputs = Masks &
  Omit<PixelDecoderInputs, 'patches' | 'features' | 'places' | 'lengths'> & {
    clips: tf.Tensor;
    /** Where masks are padded at their end: int32 scalars, how many tokens there are. */
    lengths?: Masks | undefined;
  };

/** One step of training a decoder on clips: frozen models give the features of what is hidden, the decoder its pixels. */
export function decodingStep(
  settings: DecodingStepSettings,
  ownTarget: boolean,
): StepFunction<DecodingState, DecodingInputs, PixelDecoderOutputs> {
  const { model, target, maskIndices, decoder } = settings;
  const train = pixelDecoderStep(decoder);
  return (state, { clips, context, target: places, lengths, ...rest }) => {
    const features = () => {
      if (settings.features === 'predictions') {
        return places.map((hidden, i) => {
          const asked = { model, maskIndex: maskIndices[i]!, modality: undefined, positions: 'clip' } as const;
          const tokens = { context: context[i]!, target: hidden, present: presentIn(context, places, lengths, i) };
          return predictedFeatures(asked, state, clips, tokens);
        });
      }
      const parameters = ownTarget ? state.target : state.encoder;
      const all = normalizedTargets(target, parameters, clips, decoder.featureDim);
      return places.map((hidden) => gatherTokens(all, hidden));
    };
    const { values: patches } = normalizePatches(patchify(clips, decoder));
    return train(state, {
      ...rest,
      ...{ patches, places, features: features() },
      ...(lengths && { lengths: { places: lengths.target } }),
    });
  };
}

function presentIn(context: tf.Tensor[], target: tf.Tensor[], lengths: Masks | undefined, i: number) {
  if (lengths === undefined) return undefined;
  return {
    context: presentTokens(context[i]!.shape[1]!, lengths.context[i]!),
    target: presentTokens(target[i]!.shape[1]!, lengths.target[i]!),
  };
}
