import type { Texture } from './factors.js';

/** Share of the second colour at a point of the shape's own plane. */
export type TextureFunction = (x: number, y: number, pixel: number) => number;

/**
 * Two-colour patterns that turn with the shape. `pixel` is the width of one pixel in the shape's units: edges are
 * blended over that width, so that nothing flickers when the shape moves by parts of a pixel.
 */
export const TEXTURES: Readonly<Record<Texture, TextureFunction>> = {
  solid: () => 0,
  stripes: (x, _y, pixel) => edge(Math.sin(STRIPE * x), STRIPE * pixel),
  checks: (x, y, pixel) => edge(Math.sin(CHECK * x) * Math.sin(CHECK * y), CHECK * pixel),
  dots: (x, y, pixel) => edge(DOT_RADIUS - Math.hypot(fromCentre(x), fromCentre(y)), pixel),
  rings: (x, y, pixel) => edge(Math.sin(STRIPE * Math.hypot(x, y)), STRIPE * pixel),
};

const STRIPE = 2 * Math.PI * 1.25;
const CHECK = 2 * Math.PI * 0.8;
const DOT_SPACING = 0.62;
const DOT_RADIUS = 0.2;

/** 0 where the value is well below zero, 1 well above, a ramp one pixel wide between. */
function edge(value: number, width: number): number {
  const share = 0.5 + value / width;
  return Math.min(1, Math.max(0, share));
}

function fromCentre(value: number): number {
  return value - DOT_SPACING * Math.round(value / DOT_SPACING);
}
