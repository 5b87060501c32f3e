import type { ClipEncoderName, EncoderName } from '@vjepa/vit';

/** The names of V-JEPA's encoders, here once more so that `--help` need not load them. */
const MODEL_NAMES = [
  'vit_tiny',
  'vit_small',
  'vit_base',
  'vit_large',
  'vit_huge',
  'vit_giant',
  'vit_gigantic',
] as const satisfies readonly EncoderName[];

const SIZES_OF_2 = [...MODEL_NAMES, 'vit_giant_xformers', 'vit_gigantic_xformers'] as const;

/** The names of all encoders: V-JEPA's, V-JEPA 2's and 2.1's. */
export const ENCODER_NAMES: readonly ClipEncoderName[] = [
  ...MODEL_NAMES,
  ...SIZES_OF_2.map((size) => `vjepa2_${size}` as const),
  // V-JEPA 2.1 has no norms for 32 blocks.
  ...SIZES_OF_2.filter((size) => size !== 'vit_huge').map((size) => `vjepa2_1_${size}` as const),
];
