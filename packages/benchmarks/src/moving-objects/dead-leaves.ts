import { type RandomGenerator, uniform } from '@vjepa/random';
import { modulo } from '../generated/periodic.js';

/** A picture that continues on the opposite side, [side, side, 3], 0 .. 255. */
export interface Pattern {
  side: number;
  data: Float32Array;
}

/** Radii of leaves, as parts of the pattern's side. */
const [LEAST, GREATEST] = [0.04, 0.1];
/** Pixels that a last leaf may leave uncovered, as a share. */
const UNCOVERED = 0.002;

/**
 * A picture with two statistics of natural images: occlusion (discs whose radii follow a power law, density r^-3, each
 * hiding what lies under it; the "dead leaves" of Matheron, as Lee, Mumford and Huang use them) and, within each disc, 1/f
 * noise. Colours differ from leaf to leaf and not from picture to picture: what is the same all over a video would be easy to
 * foretell, and says nothing of what happens in it.
 */
export function deadLeaves(random: RandomGenerator, side: number): Pattern {
  const data = new Float32Array(side * side * 3);
  const covered = new Uint8Array(side * side);
  const grain = fractalNoise(random, side);
  let left = side * side;
  // From front to back: what is covered stays.
  while (left > UNCOVERED * side * side) {
    const radius = powerLaw(random) * side;
    const [centreX, centreY] = [uniform(random, 0, side), uniform(random, 0, side)];
    const brightness = uniform(random, 63, 192);
    const colour = [0, 1, 2].map(() => brightness + uniform(random, -18, 18));
    const [shiftX, shiftY] = [Math.floor(uniform(random, 0, side)), Math.floor(uniform(random, 0, side))];
    const strength = uniform(random, 6, 30);
    for (let y = Math.ceil(centreY - radius); y <= centreY + radius; y++) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (y - centreY) ** 2));
      for (let x = Math.ceil(centreX - half); x <= centreX + half; x++) {
        const at = modulo(y, side) * side + modulo(x, side);
        if (covered[at] === 1) continue;
        covered[at] = 1;
        left--;
        const noise = strength * grain[modulo(y + shiftY, side) * side + modulo(x + shiftX, side)]!;
        for (let channel = 0; channel < 3; channel++) data[at * 3 + channel] = clamp(colour[channel]! + noise);
      }
    }
  }
  return fillGaps({ side, data }, covered);
}

/** A radius of density r^-3 between the two bounds: by the inverse of its distribution. */
function powerLaw(random: RandomGenerator): number {
  const [a, b] = [LEAST ** -2, GREATEST ** -2];
  return (a + uniform(random, 0, 1) * (b - a)) ** -0.5;
}

/** Periodic noise of amplitude 1/f: octaves of smooth random lattices, each half as strong as the coarser one. */
function fractalNoise(random: RandomGenerator, side: number): Float32Array {
  const noise = new Float32Array(side * side);
  for (let cells = 4, strength = 0.5; cells <= side / 2; cells *= 2, strength /= 2) {
    const lattice = Float32Array.from({ length: cells * cells }, () => uniform(random, -1, 1));
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        noise[y * side + x]! += strength * latticeAt(lattice, cells, (x * cells) / side, (y * cells) / side);
      }
    }
  }
  return noise;
}

/** Between the four corners of a cell, without creases at its edges. */
function latticeAt(lattice: Float32Array, cells: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [shareX, shareY] = [smooth(x - left), smooth(y - top)];
  const corner = (dx: number, dy: number) => lattice[((top + dy) % cells) * cells + ((left + dx) % cells)]!;
  const upper = corner(0, 0) + shareX * (corner(1, 0) - corner(0, 0));
  return upper + shareY * (corner(0, 1) + shareX * (corner(1, 1) - corner(0, 1)) - upper);
}

function smooth(share: number): number {
  return share * share * (3 - 2 * share);
}

/** The few pixels between all leaves take their left neighbour's colour. */
function fillGaps({ side, data }: Pattern, covered: Uint8Array): Pattern {
  for (let at = 0; at < side * side; at++) {
    if (covered[at] === 1) continue;
    const from = (at + side * side - 1) % (side * side);
    data.copyWithin(at * 3, from * 3, from * 3 + 3);
  }
  return { side, data };
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}
