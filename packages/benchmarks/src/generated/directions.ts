/** Ways that something may go. */
export const DIRECTIONS = ['right', 'left', 'up', 'down', 'up-right', 'up-left', 'down-right', 'down-left'] as const;

/** Where a shape moves to. */
export type Direction = (typeof DIRECTIONS)[number];

/** Each as a vector of length 1; y grows downwards. */
export const DIRECTION_VECTORS: Readonly<Record<Direction, readonly [x: number, y: number]>> = {
  right: [1, 0],
  left: [-1, 0],
  up: [0, -1],
  down: [0, 1],
  'up-right': [Math.SQRT1_2, -Math.SQRT1_2],
  'up-left': [-Math.SQRT1_2, -Math.SQRT1_2],
  'down-right': [Math.SQRT1_2, Math.SQRT1_2],
  'down-left': [-Math.SQRT1_2, Math.SQRT1_2],
};
