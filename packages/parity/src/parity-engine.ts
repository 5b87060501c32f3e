import type { Engine } from '@vjepa/engine';

/**
 * What a model is compared on: an engine of @vjepa/engine, or anything else that binds a step to a state. `precision` says
 * what can be asked of it: where products are in bfloat16, losses and features are compared by wider tolerances.
 */
export type ParityEngine = Pick<Engine, 'bind' | 'precision'>;
