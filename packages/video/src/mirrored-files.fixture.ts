import type { Orientation } from './orientation.js';

const ONE = 65536;

/** The corners of a display matrix [a, b, c, d] and what it asks for. */
export interface MatrixCase {
  name: string;
  corners: [number, number, number, number];
  orientation: Orientation;
}

export const matrixCases: MatrixCase[] = [
  { name: 'upright', corners: [1, 0, 0, 1], orientation: { mirrored: false, rotation: 0 } },
  { name: 'quarter', corners: [0, 1, -1, 0], orientation: { mirrored: false, rotation: 90 } },
  { name: 'half', corners: [-1, 0, 0, -1], orientation: { mirrored: false, rotation: 180 } },
  { name: 'three-quarters', corners: [0, -1, 1, 0], orientation: { mirrored: false, rotation: 270 } },
  { name: 'left-right', corners: [-1, 0, 0, 1], orientation: { mirrored: true, rotation: 0 } },
  { name: 'transverse', corners: [0, -1, -1, 0], orientation: { mirrored: true, rotation: 90 } },
  { name: 'top-bottom', corners: [1, 0, 0, -1], orientation: { mirrored: true, rotation: 180 } },
  { name: 'transposed', corners: [0, 1, 1, 0], orientation: { mirrored: true, rotation: 270 } },
  { name: 'stretched', corners: [0, 2, -0.5, 0], orientation: { mirrored: false, rotation: 90 } },
  { name: 'sheared', corners: [1, 0.5, 0, 1], orientation: { mirrored: false, rotation: 0 } },
  { name: 'aslant', corners: [0.7, 0.7, -0.7, 0.7], orientation: { mirrored: false, rotation: 0 } },
];

/** An mp4 file whose one track has another display matrix in its header (`tkhd`). */
export function withDisplayMatrix(mp4: Buffer, [a, b, c, d]: MatrixCase['corners']): Buffer {
  const out = Buffer.from(mp4);
  const start = out.indexOf('tkhd', 0, 'latin1') + 4;
  // Version and flags, times, ids and duration, then 16 bytes of other fields.
  const at = start + (out[start] === 1 ? 36 : 24) + 16;
  [a, b, 0, c, d, 0, 0, 0].forEach((value, i) => {
    out.writeInt32BE(Math.round(value * ONE), at + 4 * i);
  });
  out.writeInt32BE(2 ** 30, at + 32);
  return out;
}
