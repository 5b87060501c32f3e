import { ARRANGEMENT } from './operations/arrangement.js';
import { CALLS } from './operations/calls.js';
import { COMPLEX } from './operations/complex.js';
import { CONVOLUTIONS } from './operations/convolutions.js';
import { CREATION } from './operations/creation.js';
import { CROPPING } from './operations/cropping.js';
import { DILATION } from './operations/dilation.js';
import { ELEMENTWISE } from './operations/elementwise.js';
import { GATHERS } from './operations/gathers.js';
import { NORMALIZATION } from './operations/normalization.js';
import { POOLING } from './operations/pooling.js';
import { PRODUCTS } from './operations/products.js';
import { REDUCTIONS } from './operations/reductions.js';
import { RESIZING } from './operations/resizing.js';
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
  ...CONVOLUTIONS,
  ...POOLING,
  ...NORMALIZATION,
  ...RESIZING,
  ...CROPPING,
  ...DILATION,
  ...COMPLEX,
};
