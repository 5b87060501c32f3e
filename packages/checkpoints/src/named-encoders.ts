/** The encoders that have names, by what tensors tell of them, and their attention heads, which no tensor tells. */
export interface NamedEncoder {
  name: string;
  embedDim: number;
  depth: number;
  numHeads: number;
}

/** Of V-JEPA, V-JEPA 2 and 2.1, and the small ones that people train themselves. */
export const NAMED_ENCODERS: readonly NamedEncoder[] = [
  { name: 'ViT-Ti', embedDim: 192, depth: 12, numHeads: 3 },
  { name: 'ViT-S', embedDim: 384, depth: 12, numHeads: 6 },
  { name: 'ViT-B', embedDim: 768, depth: 12, numHeads: 12 },
  { name: 'ViT-L', embedDim: 1024, depth: 24, numHeads: 16 },
  { name: 'ViT-H', embedDim: 1280, depth: 32, numHeads: 16 },
  { name: 'ViT-g', embedDim: 1408, depth: 40, numHeads: 22 },
  { name: 'ViT-G', embedDim: 1664, depth: 48, numHeads: 26 },
];
