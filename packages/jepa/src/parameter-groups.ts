import { FROZEN_PARAMETERS, type ParameterShapes } from '@vjepa/vit';

/** Whether the optimiser ever touches a parameter: the sine-cosine position tables are frozen. */
export function isTrainable(name: string): boolean {
  return !FROZEN_PARAMETERS.has(name.slice(name.lastIndexOf('.') + 1));
}

/** Whether weight decay applies: to everything but biases and one-dimensional parameters. Mask tokens are decayed. */
export function isDecayed(name: string, rank: number): boolean {
  return rank !== 1 && !name.includes('bias');
}

/** A group of the optimiser as the reference's checkpoints number it. */
export interface ParameterGroup {
  model: 'encoder' | 'predictor';
  decayed: boolean;
  /** In state dict order; a name's index in the optimiser's state is its place in the four groups laid end to end. */
  names: string[];
}

/**
 * The reference's four groups: encoder weights, predictor weights (both decayed), encoder biases and norms, predictor
 * biases and norms. Frozen tables have a place, and so an index, but no state.
 */
export function parameterGroups(encoder: ParameterShapes, predictor: ParameterShapes): ParameterGroup[] {
  const group = (model: 'encoder' | 'predictor', decayed: boolean): ParameterGroup => {
    const shapes = model === 'encoder' ? encoder : predictor;
    const names = [...shapes]
      .filter(([name, shape]) => isDecayed(name, shape.length) === decayed)
      .map(([name]) => name);
    return { model, decayed, names };
  };
  return [group('encoder', true), group('predictor', true), group('encoder', false), group('predictor', false)];
}
