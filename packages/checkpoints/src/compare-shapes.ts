import { CheckpointError } from './checkpoint-error.js';

/** A parameter whose shape in the file is not the model's. */
export interface ShapeMismatch {
  name: string;
  expected: readonly number[];
  found: readonly number[];
}

/** How a file's parameters differ from a model's. */
export interface ShapeComparison {
  /** Names the model has and the file has not. */
  missing: string[];
  /** Names the file has and the model has not. */
  unexpected: string[];
  misshaped: ShapeMismatch[];
  /**
   * Position tables [1, N, D] that differ in N alone: the file's model saw another resolution or clip length. Not an
   * error in evaluation: the model then keeps its own table, as in the reference. Whoever loads it must say so.
   */
  positionTables: ShapeMismatch[];
}

const POSITION_TABLE_NAMES = new Set(['pos_embed', 'predictor_pos_embed']);

/**
 * Compares what a model needs with what a file has, both by name without prefixes.
 *
 * @param expected shapes by name, as the model's configuration gives them
 * @param found a state dict's tensors
 */
export function compareShapes(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): ShapeComparison {
  const comparison: ShapeComparison = { missing: [], unexpected: [], misshaped: [], positionTables: [] };
  for (const [name, shape] of expected) {
    const tensor = found.get(name);
    if (!tensor) comparison.missing.push(name);
    else if (!sameLengths(shape, tensor.shape)) {
      const mismatch = { name, expected: shape, found: tensor.shape };
      if (isOtherResolution(mismatch)) comparison.positionTables.push(mismatch);
      else comparison.misshaped.push(mismatch);
    }
  }
  comparison.unexpected = [...found.keys()].filter((name) => !expected.has(name));
  return comparison;
}

/**
 * Insists on a strict match.
 *
 * @param options.positionTables 'allow' (evaluation) lets position tables of another resolution pass; 'refuse'
 * (resuming a run) does not. 'allow' if left out
 * @throws CheckpointError that lists every missing, unexpected and mis-shaped name
 */
export function requireSameShapes(
  path: string,
  comparison: ShapeComparison,
  options: { positionTables?: 'allow' | 'refuse' } = {},
): void {
  const tables = options.positionTables === 'refuse' ? comparison.positionTables : [];
  const lines = [
    ...comparison.missing.map((name) => `missing ${name}`),
    ...comparison.unexpected.map((name) => `unexpected ${name}`),
    ...[...comparison.misshaped, ...tables].map(describeMismatch),
  ];
  if (lines.length === 0) return;
  throw new CheckpointError(
    path,
    `does not fit the model in ${lines.length} ${lines.length === 1 ? 'place' : 'places'}:\n  ${lines.join('\n  ')}\n`,
    'choose the model that the checkpoint was made for, or another checkpoint',
  );
}

/** For example `pos_embed has shape [1,1568,1024], expected [1,4608,1024]`. */
export function describeMismatch({ name, expected, found }: ShapeMismatch): string {
  return `${name} has shape [${found}], expected [${expected}]`;
}

function isOtherResolution({ name, expected, found }: ShapeMismatch): boolean {
  const tables = expected.length === 3 && found.length === 3 && expected[0] === 1 && found[0] === 1;
  return POSITION_TABLE_NAMES.has(name) && tables && expected[2] === found[2];
}

function sameLengths(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
