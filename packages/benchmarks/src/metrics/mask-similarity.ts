/** A mask's size in pixels. */
interface MaskSize {
  height: number;
  width: number;
}

/**
 * J: intersection over union of two masks, 0..1; 1 where both are empty.
 *
 * @param found 1 inside, 0 outside, like `truth`
 */
export function regionSimilarity(found: Uint8Array, truth: Uint8Array): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    both += found[i]! & truth[i]!;
    either += found[i]! | truth[i]!;
  }
  return either === 0 ? 1 : both / either;
}

/**
 * F: harmonic mean of the shares of either mask's outline that lie near the other's, 0..1 (Perazzi et al. 2016, section 5):
 * within a disk whose radius is a share of the frame's diagonal, rounded up. Two masks without an outline are alike, 1; one
 * without has nothing of the other, 0.
 *
 * @param tolerance share of the diagonal, or from 1 on pixels
 */
export function boundaryAccuracy(found: Uint8Array, truth: Uint8Array, size: MaskSize, tolerance = 0.008): number {
  const radius = tolerance >= 1 ? tolerance : Math.ceil(tolerance * Math.hypot(size.height, size.width));
  const [foundOutline, trueOutline] = [outline(found, size), outline(truth, size)];
  if (foundOutline.length === 0 && trueOutline.length === 0) return 1;
  if (foundOutline.length === 0 || trueOutline.length === 0) return 0;
  const precision = shareNear(foundOutline, trueOutline, size, radius);
  const recall = shareNear(trueOutline, foundOutline, size, radius);
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/**
 * Places of a mask's outline: pixels that differ from the one to the right, below, or both. The outline is one pixel wide; a frame's
 * edge is none.
 */
export function outline(mask: Uint8Array, { height, width }: MaskSize): number[] {
  const places: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const own = mask[at]!;
      const [right, below] = [x + 1 < width ? 1 : 0, y + 1 < height ? width : 0];
      if (mask[at + right] !== own || mask[at + below] !== own || mask[at + right + below] !== own) places.push(at);
    }
  }
  return places;
}

/** The share of places that have one of the others within a radius. */
function shareNear(places: readonly number[], others: readonly number[], size: MaskSize, radius: number): number {
  const near = dilated(others, size, radius);
  return places.reduce((sum, at) => sum + near[at]!, 0) / places.length;
}

/** 1 at all places within a radius of some, which is where their disks lie. */
function dilated(places: readonly number[], { height, width }: MaskSize, radius: number): Uint8Array {
  const near = new Uint8Array(height * width);
  const reach = Math.floor(radius);
  const halves = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.floor(Math.sqrt(radius ** 2 - (i - reach) ** 2)));
  for (const at of places) {
    const [y, x] = [Math.floor(at / width), at % width];
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
      const half = halves[row - y + reach]!;
      near.fill(1, row * width + Math.max(0, x - half), row * width + Math.min(width, x + half + 1));
    }
  }
  return near;
}
