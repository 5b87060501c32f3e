/** Frames and channels of clips change places: [B, T, C, H, W] -> [B, C, T, H, W], and back. */
export function swapFramesAndChannels({ shape, data }: { shape: readonly number[]; data: Float32Array }) {
  const [B, first, second, H, W] = shape as readonly [number, number, number, number, number];
  const plane = H * W;
  const swapped = new Float32Array(data.length);
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < first; i++) {
      for (let j = 0; j < second; j++) {
        const from = ((b * first + i) * second + j) * plane;
        swapped.set(data.subarray(from, from + plane), ((b * second + j) * first + i) * plane);
      }
    }
  }
  return { shape: [B, second, first, H, W], data: swapped };
}
