const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar `width` characters long, filled to `share` (0..1) in steps of an eighth of a character. */
export function progressBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const bar = '█'.repeat(Math.floor(filled / 8)) + EIGHTHS[filled % 8];
  return bar + '░'.repeat(Math.max(0, width - [...bar].length));
}
