import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointValue, isStoredTensor } from './checkpoint-value.js';
import { Complex } from './complex.js';
import { isPickleGlobal } from './pickle-machine.js';
import { PickleProblem } from './pickle-problem.js';

/** A checkpoint nests some five levels deep; the limit keeps every later walk over the tree from overflowing. */
const MAX_DEPTH = 64;

/**
 * Nodes counted as often as they are reached: shared lists could otherwise make a small file unfold without end. A walk
 * over the tree takes some two hundred bytes for each.
 */
const MAX_NODES = 2_000_000;

/**
 * Makes sure that what a pickle built is a tree of plain data that can be walked: no cycles, no excessive depth, no
 * names or storages left as values.
 *
 * @throws PickleProblem
 */
function checkTree(root: unknown): asserts root is CheckpointValue {
  const sizes = new Map<object, number>();
  const open = new Set<object>();

  const measure = (value: unknown, depth: number): number => {
    if (typeof value !== 'object' || value === null || isLeaf(value)) return 1;
    if (open.has(value)) throw new PickleProblem('a list or dict contains itself');
    if (depth > MAX_DEPTH) throw new PickleProblem(`it nests deeper than ${MAX_DEPTH} levels`);
    const known = sizes.get(value);
    if (known !== undefined) return known;
    open.add(value);
    let size = 1;
    for (const child of children(value)) size += measure(child, depth + 1);
    open.delete(value);
    if (size > MAX_NODES) throw new PickleProblem(`it unfolds to more than ${MAX_NODES} values`);
    sizes.set(value, size);
    return size;
  };

  measure(root, 0);
}

/**
 * {@link checkTree} for what a pickle of a file built.
 *
 * @throws CheckpointError
 */
export function checkPickledTree(path: string, root: unknown): asserts root is CheckpointValue {
  try {
    checkTree(root);
  } catch (error) {
    if (!(error instanceof PickleProblem)) throw error;
    const problem = `its pickle is refused: ${error.message}`;
    throw new CheckpointError(path, problem, 'no checkpoint looks so: do not trust it');
  }
}

function isLeaf(value: object): boolean {
  return isStoredTensor(value) || value instanceof Uint8Array || value instanceof Complex;
}

function children(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (isPickleGlobal(value)) throw new PickleProblem(`the name ${value.globalName} stands where a value should be`);
  throw new PickleProblem('a storage stands where a value should be, expected a tensor');
}
