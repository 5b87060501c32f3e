import { FROZEN_PARAMETERS } from './parameter-shapes.js';

/** Whether an optimiser ever touches a parameter: the sine-cosine position tables are frozen. */
export function isTrainable(name: string): boolean {
  return !FROZEN_PARAMETERS.has(name.slice(name.lastIndexOf('.') + 1));
}

/** The parameters that are trained: all but the position tables. */
export function trainableParameters<T>(parameters: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => isTrainable(name)));
}
