/** A parameter of the reference's optimiser. */
export interface OptimizerParameter {
  model: 'encoder' | 'predictor';
  name: string;
  /** 0 and 1: encoder and predictor weights, decayed. 2 and 3: their biases and norms, not decayed. */
  group: 0 | 1 | 2 | 3;
}

interface Shapes {
  readonly encoder: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly predictor: ReadonlyMap<string, { readonly shape: readonly number[] }>;
}

/**
 * The reference's optimiser numbers its parameters through four groups, each in the order of the state dict; a
 * checkpoint's optimiser state knows them by these numbers only. The frozen position tables have numbers too, and no
 * state.
 *
 * @param shapes the state dicts, without prefixes, in the reference's order
 * @returns the parameter with each number, from 0 on
 */
export function adamwOrder(shapes: Shapes): OptimizerParameter[] {
  const groups = [
    ['encoder', true],
    ['predictor', true],
    ['encoder', false],
    ['predictor', false],
  ] as const;
  return groups.flatMap(([model, decayed], group) =>
    [...shapes[model]]
      .filter(([name, { shape }]) => isDecayed(name, shape) === decayed)
      .map(([name]) => ({ model, name, group: group as OptimizerParameter['group'] })),
  );
}

/** Weight decay spares biases and everything one-dimensional; the mask tokens are three-dimensional and not spared. */
function isDecayed(name: string, shape: readonly number[]): boolean {
  return !name.includes('bias') && shape.length !== 1;
}
