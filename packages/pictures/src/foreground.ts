/**
 * Divides values into two kinds that differ most: the threshold of the largest variance between them (Otsu 1979), over a
 * histogram of 256 bins. Values above it are of the upper kind.
 */
export function otsuThreshold(values: ArrayLike<number>): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  if (!(high > low)) return high;
  const counts = new Float64Array(BINS);
  const width = (high - low) / BINS;
  for (let i = 0; i < values.length; i++) counts[Math.min(BINS - 1, Math.floor((values[i]! - low) / width))]!++;
  const total = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [below, sum, best, threshold] = [0, 0, -1, low];
  for (let bin = 0; bin < BINS - 1; bin++) {
    below += counts[bin]!;
    sum += counts[bin]! * bin;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sum / below - (total - sum) / above) ** 2;
    if (between > best) [best, threshold] = [between, low + (bin + 1) * width];
  }
  return threshold;
}

const BINS = 256;

/**
 * Which patches show what a video is about: their values are divided in two, and the kind that is seen less often along the
 * frames' edges is the foreground.
 *
 * @param values [T, H, W], the patches' first principal component
 * @returns 1 in the foreground, else 0
 */
export function foreground(
  values: ArrayLike<number>,
  { height, width }: { height: number; width: number },
): Uint8Array {
  const threshold = otsuThreshold(values);
  let [edge, edgeAbove, above] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / width) % height, i % width];
    const isAbove = Number(values[i]! > threshold);
    above += isAbove;
    if (row > 0 && row < height - 1 && column > 0 && column < width - 1) continue;
    edge += 1;
    edgeAbove += isAbove;
  }
  // The share of each kind's patches that lie at an edge.
  const upper = edgeAbove / Math.max(1, above) <= (edge - edgeAbove) / Math.max(1, values.length - above);
  return Uint8Array.from(values, (value) => Number(value > threshold === upper));
}
