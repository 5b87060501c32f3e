/** Whose configuration is checked. */
type Model = 'encoder' | 'predictor';

/** @throws if one of these fields is not a whole number of at least 1 */
export function requireWhole<Field extends string>(
  model: Model,
  config: Readonly<Record<Field, number>>,
  fields: readonly Field[],
): void {
  for (const field of fields) {
    if (!isWhole(config[field])) {
      throw new Error(`${model} config: ${field} is ${config[field]}; it must be a whole number of at least 1`);
    }
  }
}

/** @throws if the hidden layer of a block's MLP would have no width, or the epsilon of layer norms is not above 0 */
export function requireBlocks(
  model: Model,
  config: Readonly<Record<'embedDim' | 'mlpRatio' | 'layerNormEpsilon', number>>,
): void {
  for (const field of ['mlpRatio', 'layerNormEpsilon'] as const) {
    const value: unknown = config[field];
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      throw new Error(`${model} config: ${field} is ${value}; it must be a number above 0`);
    }
  }
  if (config.embedDim * config.mlpRatio < 1) {
    throw new Error(
      `${model} config: mlpRatio ${config.mlpRatio} of embedDim ${config.embedDim} leaves an MLP no hidden layer`,
    );
  }
}

/** @throws if rows and columns cannot be stretched to that side: see `RotaryOptions.side` */
export function requireRotarySide(model: Model, rotarySide: number | null): void {
  if (rotarySide === null || isWhole(rotarySide)) return;
  throw new Error(`${model} config: rotarySide is ${rotarySide}; it must be a whole number of at least 1, or null`);
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
