import { countBlocks, type NamedShapes } from './count-blocks.js';
import { type EncoderConfig, encoderConfig, encoderNames, mlpHiddenDim } from './encoder-config.js';
import { positionCode3d } from './position-embedding.js';

/** What the parameters of an encoder tell about its configuration. */
export interface RecognizedEncoder {
  /** Fields that names and shapes fix, and those that the position table does. */
  config: Omit<EncoderConfig, 'numHeads' | 'layerNormEpsilon'>;
  /**
   * The heads of the named encoder of this width, which is what they most likely are: no tensor tells their number.
   * Undefined where no named encoder has the width.
   */
  likelyHeads: number | undefined;
  /**
   * Whether frames, image size and `uniformPower` were read off the position table. Otherwise the table is none of
   * this package's, and they are the likeliest that have its number of tokens.
   */
  positionsRead: boolean;
}

/** Values in half precision are off by less. */
const TOLERANCE = 0.02;

/**
 * The configuration of an encoder from its parameters, by the names of the reference state dict. Width, blocks, patch
 * and tubelet are in the shapes; the clip the model is made for is in the position table, whose last row is the code of
 * the last tubelet, row and column.
 *
 * @param tensors shapes by name
 * @param table the elements of `pos_embed`, [N, D]
 * @returns undefined when these are not the parameters of an encoder with a position table
 */
export function recognizeEncoder(tensors: NamedShapes, table: Float32Array): RecognizedEncoder | undefined {
  const patches = tensors.get('patch_embed.proj.weight')?.shape;
  const positions = tensors.get('pos_embed')?.shape;
  const depth = countBlocks(tensors, 'blocks');
  const hidden = tensors.get('blocks.0.mlp.fc1.weight')?.shape[0];
  if (patches === undefined || positions === undefined || hidden === undefined) return undefined;
  const [embedDim, patchSize, tokens] = [patches[0]!, patches.at(-1)!, positions[1]!];
  const tubeletSize = patches.length === 5 ? patches[2]! : undefined;
  const named = encoderNames.map((name) => encoderConfig(name)).find((size) => size.embedDim === embedDim);
  const mlpRatio = mlpRatioOf(hidden, embedDim, named?.mlpRatio);
  const common = { patchSize, embedDim, depth, mlpRatio };
  const likelyHeads = named?.numHeads;
  if (tubeletSize === undefined) {
    const side = Math.round(Math.sqrt(tokens));
    const config = { ...common, imageSize: side * patchSize, numFrames: 1, tubeletSize: 2, uniformPower: true };
    return { config, likelyHeads, positionsRead: side * side === tokens };
  }
  const grids = gridsOf(tokens);
  const last = table.subarray((tokens - 1) * embedDim, tokens * embedDim);
  for (const uniformPower of [true, false]) {
    const grid = grids.find(({ steps, side }) => isCode(last, [steps - 1, side - 1, side - 1], uniformPower));
    if (grid === undefined) continue;
    const [imageSize, numFrames] = [grid.side * patchSize, grid.steps * tubeletSize];
    return { config: { ...common, imageSize, numFrames, tubeletSize, uniformPower }, likelyHeads, positionsRead: true };
  }
  const usual = grids.find(({ steps }) => steps * tubeletSize === 16) ?? grids[0]!;
  const [imageSize, numFrames] = [usual.side * patchSize, usual.steps * tubeletSize];
  const config = { ...common, imageSize, numFrames, tubeletSize, uniformPower: true };
  return { config, likelyHeads, positionsRead: false };
}

/** The named ratio where it gives this hidden width, else one that does when it is multiplied and rounded down. */
export function mlpRatioOf(hidden: number, embedDim: number, named: number | undefined): number {
  const gives = (ratio: number) => mlpHiddenDim(embedDim, ratio) === hidden;
  if (named !== undefined && gives(named)) return named;
  const ratio = hidden / embedDim;
  return gives(ratio) ? ratio : (hidden + 0.5) / embedDim;
}

/** Grids of square frames with so many tokens, the widest first. */
function gridsOf(tokens: number): { steps: number; side: number }[] {
  const sides = Array.from({ length: Math.floor(Math.sqrt(tokens)) }, (_, i) => i + 1).reverse();
  return sides.filter((side) => tokens % side ** 2 === 0).map((side) => ({ steps: tokens / side ** 2, side }));
}

function isCode(row: Float32Array, place: readonly [number, number, number], uniformPower: boolean): boolean {
  try {
    const code = positionCode3d(row.length, place, { uniformPower });
    return code.every((value, i) => Math.abs(value - row[i]!) < TOLERANCE);
  } catch {
    return false; // a width that cannot be shared this way
  }
}
