import type { ShapeInference } from '../shape-inference.js';
import { ARRANGEMENT } from './arrangement.js';
import { CREATION } from './creation.js';
import { ELEMENTWISE } from './elementwise.js';
import { GATHERS } from './gathers.js';
import { IMAGES } from './images.js';
import { PRODUCTS } from './products.js';
import { REDUCTIONS } from './reductions.js';
import type { Rules } from './rule.js';
import { WINDOWS } from './windows.js';

const RULES: Rules = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...PRODUCTS,
  ...ARRANGEMENT,
  ...GATHERS,
  ...CREATION,
  ...WINDOWS,
  ...IMAGES,
};

/** What operations give, without a library: a rule for each of those that models, optimisers and losses are made of. */
export const shapeRules: ShapeInference = {
  infer(op, attributes, inputs) {
    const rule = Object.hasOwn(RULES, op) ? RULES[op] : undefined;
    if (rule === undefined)
      throw new Error(`the operation ${op} has no translation: what comes out of it is not known`);
    return rule(inputs, attributes);
  },
};
