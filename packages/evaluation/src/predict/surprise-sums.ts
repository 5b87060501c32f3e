import type { TokenGrid } from '@vjepa/masks';
import type { ClipPrediction } from './feature-predictor.js';

/** Sums of distances, by time steps and places of a video, over the clips that predict them. */
export class SurpriseSums {
  readonly #plane: number;
  readonly #distance: Float64Array;
  readonly #meanDistance: Float64Array;
  readonly #count: Uint32Array;

  /** @param steps time steps of the video */
  constructor(steps: number, { height, width }: Pick<TokenGrid, 'height' | 'width'>) {
    this.#plane = height * width;
    const tokens = steps * this.#plane;
    this.#distance = new Float64Array(tokens);
    this.#meanDistance = new Float64Array(tokens);
    this.#count = new Uint32Array(tokens);
  }

  /**
   * @param step the clip's first time step
   * @param targets tokens of the clip, in the order of the prediction
   */
  add(
    step: number,
    targets: Int32Array,
    { distance, meanDistance }: Pick<ClipPrediction, 'distance' | 'meanDistance'>,
  ) {
    for (const [k, target] of targets.entries()) {
      const token = step * this.#plane + target;
      this.#distance[token]! += distance[k]!;
      this.#meanDistance[token]! += meanDistance[k]!;
      this.#count[token]! += 1;
    }
  }

  /** Of a time step, over its tokens that are predicted; undefined where none is. */
  ofStep(step: number): { surprise: number; baseline: number } | undefined {
    let [surprise, baseline, count] = [0, 0, 0];
    for (let token = step * this.#plane; token < (step + 1) * this.#plane; token++) {
      surprise += this.#distance[token]!;
      baseline += this.#meanDistance[token]!;
      count += this.#count[token]!;
    }
    return count === 0 ? undefined : { surprise: surprise / count, baseline: baseline / count };
  }

  /** Of every place, [steps, height, width]; NaN where nothing is predicted. */
  map(): Float32Array {
    return Float32Array.from(this.#distance, (sum, token) => sum / this.#count[token]!);
  }
}
