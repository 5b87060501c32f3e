/**
 * Inks to light as Pillow's `convert('RGB')` does it, without a colour profile: what is left of each primary after its
 * ink and black, [pixels, 4] to [pixels, 3].
 */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const pixels = cmyk.length / 4;
  const rgb = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const white = 255 - cmyk[4 * i + 3]!;
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = white - productOf(cmyk[4 * i + c]!, white);
  }
  return rgb;
}

/** a·b/255, rounded. */
function productOf(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}
