/** For each of B samples the K tokens that a mask selects, as ascending flat indices, row by row. */
export interface TokenMask {
  /** [B, K], row-major. */
  indices: Int32Array;
  shape: [number, number];
}

/** What one mask setting draws for a batch: the tokens the encoder sees and the tokens the predictor must predict. */
export interface MaskPair {
  context: TokenMask;
  target: TokenMask;
}

/** The rows [start, end) of a batch's masks: one micro-batch's or one device's share. */
export function sliceMasks(pair: MaskPair, start: number, end: number): MaskPair {
  return { context: sliceRows(pair.context, start, end), target: sliceRows(pair.target, start, end) };
}

function sliceRows({ indices, shape: [rows, length] }: TokenMask, start: number, end: number): TokenMask {
  if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= rows)) {
    throw new RangeError(
      `rows ${start}..${end} do not exist in a mask of ${rows} samples: use 0 <= start < end <= ${rows}`,
    );
  }
  return { indices: indices.slice(start * length, end * length), shape: [end - start, length] };
}
