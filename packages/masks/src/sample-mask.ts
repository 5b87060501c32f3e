/** One sample's context and target tokens before the batch is cut to common lengths; both ascending. */
export interface SampleMask {
  context: Int32Array;
  target: Int32Array;
}

/** Splits a grid into kept (context) and removed (target) tokens. `keep` holds 1 for a kept token, 0 for a removed one. */
export function splitTokens(keep: Uint8Array): SampleMask {
  let kept = 0;
  for (const value of keep) kept += value;
  const context = new Int32Array(kept);
  const target = new Int32Array(keep.length - kept);
  let nextContext = 0;
  let nextTarget = 0;
  for (let token = 0; token < keep.length; token++) {
    if (keep[token]) context[nextContext++] = token;
    else target[nextTarget++] = token;
  }
  return { context, target };
}
