import { ARRANGEMENT } from './operations/arrangement.js';
import { CALLS } from './operations/calls.js';
import { CREATION } from './operations/creation.js';
import { ELEMENTWISE } from './operations/elementwise.js';
import { EXCHANGES } from './operations/exchanges.js';
import { GATHERS } from './operations/gathers.js';
import { PRODUCTS } from './operations/products.js';
import { REDUCTIONS } from './operations/reductions.js';
import type { Translations } from './translation.js';

/** Every operation of TensorFlow's that has a translation to StableHLO. */
export const TRANSLATIONS: Translations = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...PRODUCTS,
  ...ARRANGEMENT,
  ...GATHERS,
  ...CREATION,
  ...CALLS,
  ...EXCHANGES,
};
