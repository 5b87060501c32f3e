/** Height and width in pixels. */
export interface Sides {
  height: number;
  width: number;
}

/** Height and width of frames in pixels; one number is the side of squares. */
export type FrameSize = number | Sides;

/** The height and the width that a size stands for. */
export function sidesOf(size: FrameSize): Sides {
  return typeof size === 'number' ? { height: size, width: size } : size;
}
