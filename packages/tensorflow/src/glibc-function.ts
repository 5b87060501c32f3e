import type * as Koffi from 'koffi';

/** A function of glibc's that takes and returns numbers; undefined where the C library is another. */
export function glibcFunction(
  koffi: typeof Koffi,
  name: string,
  result: string,
  parameters: readonly string[],
): ((...values: number[]) => number) | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return koffi.load('libc.so.6').func(name, result, [...parameters]) as unknown as (...values: number[]) => number;
  } catch {
    return undefined;
  }
}
