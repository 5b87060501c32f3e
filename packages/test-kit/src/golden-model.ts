// The small model whose outputs and training were computed in float64 from the reference. It is given by formulas, so
// that browsers can have it too: nothing of Node's is imported here.

/** A tensor in memory, as the packages' `HostTensor` has it. */
export interface HostValues {
  shape: number[];
  data: Float32Array;
}

/** What makes `vit_tiny` the golden encoder. */
export const goldenSizes = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 32, depth: 2, numHeads: 2 };

/** What makes its predictor the golden one. */
export const goldenPredictorSizes = { embedDim: 24, depth: 2 };

/**
 * Parameters of the golden model: element j of the k-th tensor in state dict order is a fixed function of
 * sin(0.37 j + 1.3 k). Tensors named in `fixed`, such as position tables, are taken from there and not counted.
 */
export function goldenParameters(
  shapes: Iterable<readonly [name: string, shape: readonly number[]]>,
  fixed: Readonly<Record<string, Pick<HostValues, 'data'>>>,
): Record<string, HostValues> {
  const parameters: Record<string, HostValues> = {};
  let k = 0;
  for (const [name, shape] of shapes) {
    if (fixed[name] !== undefined) {
      parameters[name] = { shape: [...shape], data: fixed[name].data };
      continue;
    }
    const isNormWeight = shape.length === 1 && name.endsWith('.weight');
    const size = shape.reduce((product, length) => product * length, 1);
    const data = Float32Array.from({ length: size }, (_, j) => {
      const s = Math.sin(0.37 * j + 1.3 * k);
      if (name.endsWith('bias')) return 0.02 * s;
      return isNormWeight ? 1 + 0.1 * s : 0.05 * s;
    });
    parameters[name] = { shape: [...shape], data };
    k++;
  }
  return parameters;
}

/** Two clips of 4 frames, 32 x 32: element j is sin(0.01 j). */
export const goldenClips = (): HostValues => ({
  shape: [2, 3, 4, 32, 32],
  data: Float32Array.from({ length: 2 * 3 * 4 * 32 * 32 }, (_, j) => Math.sin(0.01 * j)),
});

/** Token indices of each mask: those seen and those predicted, per clip. */
export const goldenMasks = {
  context: [
    [
      [0, 1, 5, 16, 17],
      [2, 3, 7, 18, 31],
    ],
    [
      [0, 16, 31],
      [4, 20, 21],
    ],
  ],
  target: [
    [
      [2, 3, 4, 20],
      [0, 1, 16, 30],
    ],
    [
      [1, 2, 17, 18, 19, 30],
      [5, 6, 7, 22, 23, 31],
    ],
  ],
};
