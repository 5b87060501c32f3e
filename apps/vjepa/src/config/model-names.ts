import type { EncoderName } from '@vjepa/vit';

/** The encoders' names, here once more so that `--help` need not load them. */
export const MODEL_NAMES = [
  'vit_tiny',
  'vit_small',
  'vit_base',
  'vit_large',
  'vit_huge',
  'vit_giant',
  'vit_gigantic',
] as const satisfies readonly EncoderName[];
