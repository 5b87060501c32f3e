import type { Engine } from '@vjepa/engine';
import type { TokenMask } from '@vjepa/masks';
import { patchValues, pixelSamplingStep } from '@vjepa/probe';
import { stream, TorchRandom } from '@vjepa/random';
import type { PixelDecoder } from './pixel-decoder-file.js';

/** Keeps the noise that samples begin with apart from other draws of the seed. */
const SAMPLING = 0x5a3b;

export interface PixelSamplerOptions {
  engine: Engine;
  decoder: Pick<PixelDecoder, 'config' | 'parameters'>;
  /** The tokens that are decoded, of one clip. */
  places: TokenMask;
  /** Steps from noise to pixels. */
  steps: number;
  /** Draws noise. */
  seed: number;
}

/** A decoder on an engine. */
export interface PixelSampler {
  /**
   * Decodes features once each: the answer to `features[i]` begins with the noise of (seed, `draws[i]`).
   *
   * @param features each [K, E]
   * @returns normalised patches, each [K, F]
   */
  sample(features: readonly Float32Array[], draws: readonly number[]): Promise<Float32Array[]>;
  dispose(): void;
}

export function pixelSampler({ engine, decoder, places, steps, seed }: PixelSamplerOptions): PixelSampler {
  const { config, parameters } = decoder;
  const [K, E, F] = [places.shape[1], config.featureDim, patchValues(config)];
  const run = engine.bind(pixelSamplingStep(config), { decoder: parameters });
  return {
    async sample(features, draws) {
      // Devices share the rows; what fills them up is not looked at.
      const B = Math.ceil(features.length / engine.devices) * engine.devices;
      const rows = (length: number, of: (row: number) => ArrayLike<number>) => {
        const data = new Float32Array(B * length);
        for (const [row] of features.entries()) data.set(of(row), row * length);
        return data;
      };
      const fixed = {
        features: { shape: [B, K, E], data: rows(K * E, (row) => features[row]!) },
        places: { shape: [K], data: Int32Array.from(places.indices.subarray(0, K)) },
      };
      const noise = (row: number) =>
        new TorchRandom(stream([seed, draws[row]!], SAMPLING)).fillNormal(new Float32Array(K * F));
      let data = rows(K * F, noise);
      for (let i = 0; i < steps; i++) {
        const noised = { shape: [B, K, F], data };
        const outputs = await run({ ...fixed, noised, time: i / steps, next: (i + 1) / steps });
        data = outputs.noised.data as Float32Array<ArrayBuffer>;
      }
      return features.map((_, row) => data.slice(row * K * F, (row + 1) * K * F));
    },
    dispose: () => run.dispose(),
  };
}
