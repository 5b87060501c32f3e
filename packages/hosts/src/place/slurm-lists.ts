/**
 * Names of a SLURM node list, in order: `node[01-03,7],gpu5`, several brackets in a name too. Digits are filled up with
 * zeros to the length of a range's first number.
 *
 * @returns undefined for what is no such list
 */
export function expandNodeList(text: string): string[] | undefined {
  const parts = text.match(/(?:[^,[\]]|\[[^[\]]*\])+/g);
  if (parts === null || parts.join(',') !== text) return undefined;
  const names = parts.map(expandName);
  return names.includes(undefined) ? undefined : (names as string[][]).flat();
}

function expandName(pattern: string): string[] | undefined {
  const [, before, ranges, after] = /^([^[]*)\[([^\]]*)\](.*)$/.exec(pattern) ?? [];
  if (before === undefined || ranges === undefined || after === undefined) return [pattern];
  const rest = expandName(after);
  const numbers = ranges.split(',').map(expandRange);
  if (rest === undefined || numbers.includes(undefined)) return undefined;
  return (numbers as string[][]).flat().flatMap((number) => rest.map((end) => `${before}${number}${end}`));
}

function expandRange(range: string): string[] | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > 100_000) return undefined;
  return Array.from({ length: count }, (_, i) => String(Number(first) + i).padStart(first.length, '0'));
}

/**
 * How many tasks each node has, of SLURM's `2(x3),1`.
 *
 * @returns undefined for what is no such list
 */
export function expandTaskCounts(text: string): number[] | undefined {
  const parts = text.split(',').map((part) => /^(\d+)(?:\(x(\d{1,6})\))?$/.exec(part.trim()));
  if (parts.includes(null)) return undefined;
  return parts.flatMap((part) => Array<number>(Number(part?.[2] ?? 1)).fill(Number(part?.[1])));
}
