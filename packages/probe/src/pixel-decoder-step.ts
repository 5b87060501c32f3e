import * as tf from '@tensorflow/tfjs-core';
import { type FloatTensor, requireTensor, type StepFunction } from '@vjepa/engine';
import {
  type AdamWSettings,
  initialMoments,
  movingAverage,
  optimize,
  optimizerSchedule,
  valueAndGradients,
} from '@vjepa/optim';
import { gatherTokens, isTrainable, type Parameters, presentTokens, trainableParameters } from '@vjepa/vit';
import { decodePixels, type NoisedTokens } from './pixel-decoder.js';
import type { PixelDecoderConfig } from './pixel-decoder-config.js';

/** What training a decoder changes from step to step. */
export type PixelDecoderState = {
  decoder: Parameters;
  /** The moving average of the decoder, which samples. */
  average: Parameters;
  expAvg: { decoder: Parameters };
  expAvgSq: { decoder: Parameters };
};

/** The state of `pixelDecoderStep`: the average at the decoder, AdamW's moments at zero. */
export function initialPixelDecoderState(decoder: Record<string, FloatTensor>) {
  return { decoder, average: decoder, ...initialMoments({ decoder }) };
}

/** What a step that trains a decoder is fed. */
export type PixelDecoderInputs = {
  /** [B, N, F]: patches of all of a clip's tokens, pixels normalised as encoders take them. */
  patches: tf.Tensor;
  /** [B, N, F], of N(0, 1). */
  noise: tf.Tensor;
  /** [B], how much of a clip is left in its noise, 0 .. 1. */
  time: tf.Tensor;
  /** By mask [B, K_i, E]: frozen features of the tokens that it hides. */
  features: tf.Tensor[];
  /** By mask [B, K_i] int32: where these are. */
  places: tf.Tensor[];
  /** Where masks are padded at their end: int32 scalars, how many tokens there are. */
  lengths?: { places: tf.Tensor[] } | undefined;
  learningRate: tf.Tensor;
  weightDecay: tf.Tensor;
  /** AdamW's t, counted from 1. */
  step: tf.Tensor;
  /** Of the moving average. */
  momentum: tf.Tensor;
  /** Largest norm of the gradients; 0, or left out: they are not clipped. */
  clipNorm?: tf.Tensor | undefined;
};

/** Scalars that it returns. */
export type PixelDecoderOutputs = {
  /** Mean squared error of the velocity, over samples, tokens and pixels; the masks weigh the same. */
  loss: tf.Tensor;
  /** Before clipping. */
  gradNorm: tf.Tensor;
};

/** The most that an error is multiplied with is 1 / this: close to the clip there is no noise left to tell. */
const LEAST_REST = 0.05;

/**
 * One step of training a decoder from frozen features to pixels (V-JEPA, section 5 on qualitative evaluation; the paper's is a
 * diffusion model) by flow matching (Lipman et al. 2023; Liu et al. 2023): each clip x is put at a time t on the
 * straight line from noise to it, z = t x + (1 - t) noise, and the decoder says x of the hidden tokens, given their features. The
 * error is that of the velocity, (x' - z) / (1 - t) against x - noise.
 *
 * `initialPixelDecoderState` makes the state it begins with.
 *
 * @throws on use, if an input is missing
 */
export function pixelDecoderStep(
  config: PixelDecoderConfig,
  { adamW }: { adamW?: AdamWSettings | undefined } = {},
): StepFunction<PixelDecoderState, PixelDecoderInputs, PixelDecoderOutputs> {
  return (state, inputs) =>
    tf.tidy(() => {
      const [patches, noise, time, features, places] = (
        ['patches', 'noise', 'time', 'features', 'places'] as const
      ).map((name) => requireTensor(inputs, name, 'the input')) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor[],
        tf.Tensor[],
      ];
      const B = patches.shape[0]!;
      const t = tf.reshape(time, [B, 1, 1]);
      const z = tf.add(tf.mul(t, patches), tf.mul(tf.sub(1, t), noise));
      const weight = tf.square(tf.div(1, tf.maximum(tf.sub(1, t), LEAST_REST)));

      const forward = () => {
        const losses = places.map((hidden, i) => {
          const length = inputs.lengths?.places[i];
          const present = length && presentTokens(hidden.shape[1]!, length);
          const tokens = { noised: gatherTokens(z, hidden), time, features: features[i]!, places: hidden };
          const error = tf.sub(decodePixels(config, state.decoder, tokens, present), gatherTokens(patches, hidden));
          return meanOfTokens(tf.mul(tf.mean(tf.square(error), 2, true), weight), hidden, present);
        });
        const sum = losses.reduce<tf.Tensor>((total, loss) => tf.add(total, loss), tf.scalar(0));
        return { loss: tf.mul(sum, 1 / losses.length) };
      };
      const trained = { decoder: trainableParameters(state.decoder) };
      const { outputs, gradients } = valueAndGradients(forward, trained);
      const slots = { parameters: state.decoder, expAvg: state.expAvg.decoder, expAvgSq: state.expAvgSq.decoder };
      const updated = optimize(slots, gradients.decoder, optimizerSchedule(inputs), { adamW });

      const follow = movingAverage(requireTensor(inputs, 'momentum', 'the input'));
      const average = Object.fromEntries(
        Object.entries(state.average).map(([name, tensor]) => {
          return [name, isTrainable(name) ? follow(tensor, updated.parameters[name]!) : tensor];
        }),
      );
      return {
        state: {
          decoder: updated.parameters,
          average,
          expAvg: { decoder: updated.expAvg },
          expAvgSq: { decoder: updated.expAvgSq },
        },
        outputs: { loss: outputs.loss, gradNorm: updated.norm },
      };
    });
}

/** The mean over the samples' tokens that are there: [B, K, 1], places [B, K] -> scalar. */
function meanOfTokens(x: tf.Tensor, places: tf.Tensor, present: tf.Tensor | undefined): tf.Tensor {
  const [B, K] = places.shape as [number, number];
  // How many tokens a mask has must come out of it: in a traced graph it differs from step to step.
  const there = present ?? tf.reshape(tf.cast(tf.onesLike(tf.slice(places, [0, 0], [1, K])), 'float32'), [K]);
  return tf.div(tf.sum(tf.mul(x, tf.reshape(there, [1, K, 1]))), tf.mul(tf.sum(there), B));
}

/** Where a sample is on its way from noise to pixels. */
export type PixelSamplingInputs = NoisedInputs & {
  /** Scalars: the time that it has, below 1, and that it is to have. */
  time: tf.Tensor;
  next: tf.Tensor;
};

type NoisedInputs = Omit<{ [Name in keyof NoisedTokens]: tf.Tensor }, 'time' | 'places'> & {
  /** int32 [K], the tokens' places, the same in all samples: an engine that compiles fixes their number with the shapes. */
  places: tf.Tensor;
};

/**
 * One step of sampling by a decoder, Euler's along its velocity: from noise, `noised` at `time` 0, to pixels, normalised, at
 * 1. Where the next time is 1 the result is what the decoder expects there.
 */
export function pixelSamplingStep(
  config: PixelDecoderConfig,
): StepFunction<{ decoder: Parameters }, PixelSamplingInputs, { noised: tf.Tensor }> {
  const step: StepFunction<{ decoder: Parameters }, PixelSamplingInputs, { noised: tf.Tensor }> = (state, inputs) =>
    tf.tidy(() => {
      const { noised, features, places, time, next } = inputs;
      const [B, K] = noised.shape as [number, number];
      const expected = decodePixels(config, state.decoder, {
        ...{ noised, features, places: tf.tile(tf.reshape(places, [1, K]), [B, 1]) },
        time: tf.tile(tf.reshape(time, [1]), [B]),
      });
      const share = tf.div(tf.sub(next, time), tf.sub(1, time));
      return { state: {}, outputs: { noised: tf.add(noised, tf.mul(share, tf.sub(expected, noised))) } };
    });
  return Object.assign(step, { batchAxes: { places: 'whole' } as const });
}
