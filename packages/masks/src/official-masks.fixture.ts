import type { MultiBlockSettings } from './multi-block-settings.js';
import type { TokenGrid } from './token-grid.js';

/** 16 frames of 224² in tubelets of 2×16×16. */
export const grid224: TokenGrid = { depth: 8, height: 14, width: 14 };

/** The two masks of all three official pretraining configs (V-JEPA, section 3.2). */
export const shortRange: MultiBlockSettings = {
  spatialScale: [0.15, 0.15],
  temporalScale: [1, 1],
  aspectRatio: [0.75, 1.5],
  numBlocks: 8,
};
export const longRange: MultiBlockSettings = { ...shortRange, spatialScale: [0.7, 0.7], numBlocks: 2 };
