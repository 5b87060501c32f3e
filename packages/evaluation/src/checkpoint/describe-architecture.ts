import { type EncoderConfig, encoderNameOf, mlpHiddenDim } from '@vjepa/vit';

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * What kind of encoder a state dict holds, in words, from its names and shapes alone: the named model with its width
 * and number of blocks where there is one. Undefined when it holds no encoder.
 */
export function describeArchitecture(tensors: Shapes): string | undefined {
  const sizes = sizesOf(tensors);
  if (sizes === undefined) return undefined;
  const { depth, embedDim } = sizes;
  const name = encoderNameOf(sizes) ?? 'an encoder';
  return `${name} (${depth} blocks of width ${embedDim}${isRotary(tensors) ? ', V-JEPA 2' : ''})`;
}

/**
 * In one line, how the encoder in a state dict differs from the one expected, such as `4 blocks of width 192; vit_tiny
 * has 12`. Undefined when all its sizes are the expected ones, or it holds no encoder.
 */
export function architectureDifference(tensors: Shapes, expected: EncoderConfig): string | undefined {
  const found = sizesOf(tensors);
  if (found === undefined) return undefined;
  const name = encoderNameOf(expected);
  const has = name === undefined ? 'expected' : `${name} has`;
  const differences: string[] = [];
  if (found.depth !== expected.depth || found.embedDim !== expected.embedDim) {
    const width = found.embedDim === expected.embedDim ? '' : ` of width ${expected.embedDim}`;
    differences.push(`${found.depth} blocks of width ${found.embedDim}; ${has} ${expected.depth}${width}`);
  }
  const hidden = mlpHiddenDim(expected.embedDim, expected.mlpRatio);
  if (found.hidden !== undefined && found.embedDim === expected.embedDim && found.hidden !== hidden) {
    differences.push(`MLPs of width ${found.hidden}; expected ${hidden}`);
  }
  const patches = tensors.get('patch_embed.proj.weight')?.shape;
  if (patches !== undefined) {
    const [side, tubelet] = [patches.at(-1)!, patches.length === 5 ? patches[2]! : undefined];
    if (side !== expected.patchSize) differences.push(`patches of ${side} pixels; expected ${expected.patchSize}`);
    if ((tubelet === undefined) !== (expected.numFrames === 1)) {
      const kind = (image: boolean) => (image ? 'an image encoder' : 'a video encoder');
      differences.push(`${kind(tubelet === undefined)}; expected ${kind(expected.numFrames === 1)}`);
    } else if (tubelet !== undefined && tubelet !== expected.tubeletSize) {
      differences.push(`tubelets of ${tubelet} frames; expected ${expected.tubeletSize}`);
    }
  }
  return differences.length === 0 ? undefined : differences.join(', ');
}

/** The clip an encoder is made for, such as `8 frames of 64 x 64`. */
export function describeClip({ numFrames, imageSize }: Pick<EncoderConfig, 'numFrames' | 'imageSize'>): string {
  return `${numFrames === 1 ? 'a picture' : `${numFrames} frames`} of ${imageSize} x ${imageSize}`;
}

/** V-JEPA 2 rotates queries and keys instead of adding a position table. */
export function isRotary(tensors: Shapes): boolean {
  return !tensors.has('pos_embed') && tensors.has('patch_embed.proj.weight');
}

function sizesOf(tensors: Shapes): { embedDim: number; depth: number; hidden: number | undefined } | undefined {
  const embedDim = tensors.get('norm.weight')?.shape[0] ?? tensors.get('patch_embed.proj.bias')?.shape[0];
  if (embedDim === undefined) return undefined;
  const hidden = tensors.get('blocks.0.mlp.fc1.weight')?.shape[0];
  return { embedDim, depth: countBlocks(tensors.keys()), hidden };
}

function countBlocks(names: Iterable<string>): number {
  let count = 0;
  for (const name of names) count = Math.max(count, Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1) + 1);
  return count;
}
