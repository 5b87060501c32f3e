const BARS = '▁▂▃▄▅▆▇█';

/** Numbers as a row of bars, the lowest ▁ and the highest █, averaged down to at most `width` bars. */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0 || width < 1) return '';
  const count = Math.min(width, finite.length);
  const means = Array.from({ length: count }, (_, i) => {
    const part = finite.slice(Math.floor((i * finite.length) / count), Math.floor(((i + 1) * finite.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const scale = high > low ? (BARS.length - 1) / (high - low) : 0;
  return means.map((mean) => BARS[Math.round((mean - low) * scale)]).join('');
}
