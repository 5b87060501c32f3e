/**
 * Layer-wise learning rates (Clark et al. 2020): the classifier and the final norm learn at the full rate, every block
 * below at `decay` times the rate of the one above, the patch embedding slowest.
 *
 * @param depth number of the encoder's blocks
 * @returns the factor of the learning rate for a parameter, by its name in the state
 */
export function layerDecay(decay: number, depth: number): (name: string) => number {
  return (name) => decay ** (depth + 1 - layerOf(name, depth));
}

function layerOf(name: string, depth: number): number {
  if (!name.startsWith('encoder.')) return depth + 1;
  const block = /^encoder\.blocks\.(\d+)\./.exec(name);
  if (block !== null) return Number(block[1]) + 1;
  return /^encoder\.(patch_embed|pos_embed)/.test(name) ? 0 : depth + 1;
}
