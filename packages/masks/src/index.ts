export type { BlockRanges } from './block-size.js';
export { boxMask, futureMask, type TokenBox, targetMask } from './chosen-mask.js';
export { maskToGrid, maskToText, tokenRole } from './mask-map.js';
export {
  createMaskSampler,
  type MaskRequest,
  type MaskSampler,
  type MaskSamplerOptions,
  type MaskSettings,
} from './mask-sampler.js';
export { MaskSettingsError } from './mask-settings-error.js';
export type { MultiBlockSettings } from './multi-block-settings.js';
export type { RandomTubeSettings } from './random-tube.js';
export { type TokenGrid, tokenCount } from './token-grid.js';
export { type MaskPair, sliceMasks, type TokenMask } from './token-mask.js';
export type { Truncation } from './truncate-masks.js';
