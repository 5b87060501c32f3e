/** @throws Error if one of these fields is not a whole number of at least 1 */
export function checkWhole<T>(what: string, config: T, fields: (keyof T & string)[]): void {
  for (const field of fields) {
    const value = config[field] as number;
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`${what} config: ${field} is ${value}; it must be a whole number of at least 1`);
    }
  }
}

/** @throws Error if the heads do not divide the width */
export function checkHeads(what: string, { embedDim, numHeads }: { embedDim: number; numHeads: number }): void {
  if (embedDim % numHeads === 0) return;
  throw new Error(
    `${what} config: embedDim ${embedDim} cannot be split over ${numHeads} heads; choose numHeads among its divisors`,
  );
}
