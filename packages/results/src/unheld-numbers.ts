/** Measured numbers in prose and tables: with a decimal point, or followed by a per cent sign or by points. */
const MEASURED = /(?<![\w.])[+-]?\d+\.\d+(?![\w.]*\d)|(?<![\w.])[+-]?\d+(?=(?: ±| %| points?))/g;

/**
 * The measured numbers of a document that no result holds, as they are written there: neither themselves at the precision
 * in which they are written, nor a hundredth of them. Code, addresses and comments are passed over.
 *
 * @param results what result files hold: any plain data
 */
export function unheldNumbers(markdown: string, results: readonly unknown[]): string[] {
  const held = results.flatMap(numbersIn);
  const text = markdown
    .replace(/```.*?```|`[^`\n]*`|<!--.*?-->|<[^>]*>/gs, ' ')
    .replace(/\]\([^)]*\)/g, ']')
    .replaceAll('−', '-');
  return [...text.matchAll(MEASURED)]
    .map(([written]) => written)
    .filter((written) => {
      const [, decimals = ''] = written.split('.');
      const [value, tolerance] = [Math.abs(Number(written)), 0.5001 * 10 ** -decimals.length];
      return !held.some((number) => [number, 100 * number].some((own) => Math.abs(Math.abs(own) - value) <= tolerance));
    });
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}
