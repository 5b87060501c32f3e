import type { ShapeInference } from '../shape-inference.js';
import { ARRANGEMENT } from './arrangement.js';
import { CREATION } from './creation.js';
import { ELEMENTWISE } from './elementwise.js';
import { GATHERS } from './gathers.js';
import { PRODUCTS } from './products.js';
import { REDUCTIONS } from './reductions.js';
import type { Rules } from './rule.js';

const RULES: Rules = { ...ELEMENTWISE, ...REDUCTIONS, ...PRODUCTS, ...ARRANGEMENT, ...GATHERS, ...CREATION };

/** What operations give, without a library: a rule for each of those that models, optimisers and losses are made of. */
export const shapeRules: ShapeInference = {
  infer(op, attributes, inputs) {
    const rule = Object.hasOwn(RULES, op) ? RULES[op] : undefined;
    if (rule === undefined) throw new Error(`what comes out of the operation ${op} is not known here`);
    return rule(inputs, attributes);
  },
};
