import {
  type ClipEncoder,
  type ClipEncoderName,
  clipEncoderNameOf,
  countBlocks,
  type EncoderConfig,
  isVjepa2,
  type ModelVersion,
  mlpHiddenDim,
  type NamedShapes,
  nameOfSize,
} from '@vjepa/vit';

/**
 * What kind of encoder a state dict holds, in words, from its names and shapes alone: the named model with its width
 * and number of blocks where there is one. Undefined when it holds no encoder.
 */
export function describeArchitecture(tensors: NamedShapes, version: ModelVersion): string | undefined {
  const sizes = sizesOf(tensors);
  if (sizes === undefined) return undefined;
  const name = architectureName(tensors, version) ?? 'an encoder';
  return `${name} (${sizes.depth} blocks of width ${sizes.embedDim})`;
}

/** The named model that a state dict is of, by its width and number of blocks. */
export function architectureName(tensors: NamedShapes, version: ModelVersion): ClipEncoderName | undefined {
  const sizes = sizesOf(tensors);
  return sizes && nameOfSize(version, sizes);
}

/**
 * In one line, how the encoder in a state dict differs from the one expected, such as `4 blocks of width 192; vit_tiny
 * has 12`. Undefined when all its sizes are the expected ones, or it holds no encoder.
 */
export function architectureDifference(tensors: NamedShapes, expected: ClipEncoder): string | undefined {
  const found = sizesOf(tensors);
  if (found === undefined) return undefined;
  const difference = sizeDifference(tensors, expected);
  const differences = difference === undefined ? [] : [difference];
  const hidden = mlpHiddenDim(expected.embedDim, expected.mlpRatio);
  if (found.hidden !== undefined && found.embedDim === expected.embedDim && found.hidden !== hidden) {
    differences.push(`MLPs of width ${found.hidden}; expected ${hidden}`);
  }
  const patches = tensors.get('patch_embed.proj.weight')?.shape;
  if (patches !== undefined) {
    const [side, tubelet] = [patches.at(-1)!, patches.length === 5 ? patches[2]! : undefined];
    if (side !== expected.patchSize) differences.push(`patches of ${side} pixels; expected ${expected.patchSize}`);
    const isPictures = !isVjepa2(expected) && expected.numFrames === 1;
    if ((tubelet === undefined) !== isPictures) {
      const kind = (image: boolean) => (image ? 'an image encoder' : 'a video encoder');
      differences.push(`${kind(tubelet === undefined)}; expected ${kind(isPictures)}`);
    } else if (tubelet !== undefined && tubelet !== expected.tubeletSize) {
      differences.push(`tubelets of ${tubelet} frames; expected ${expected.tubeletSize}`);
    }
  }
  return differences.length === 0 ? undefined : differences.join(', ');
}

/** `architectureDifference` in width and number of blocks alone. */
export function sizeDifference(tensors: NamedShapes, expected: ClipEncoder): string | undefined {
  const found = sizesOf(tensors);
  if (found === undefined || (found.depth === expected.depth && found.embedDim === expected.embedDim)) return undefined;
  const name = clipEncoderNameOf(expected);
  const has = name === undefined ? 'expected' : `${name} has`;
  const width = found.embedDim === expected.embedDim ? '' : ` of width ${expected.embedDim}`;
  return `${found.depth} blocks of width ${found.embedDim}; ${has} ${expected.depth}${width}`;
}

/** The clip an encoder is made for, such as `8 frames of 64 x 64`. */
export function describeClip({ numFrames, imageSize }: Pick<EncoderConfig, 'numFrames' | 'imageSize'>): string {
  return `${numFrames === 1 ? 'a picture' : `${numFrames} frames`} of ${imageSize} x ${imageSize}`;
}

/** `V-JEPA`, `V-JEPA 2` or `V-JEPA 2.1`. */
export function describeVersion(version: ModelVersion): string {
  return version === '1' ? 'V-JEPA' : `V-JEPA ${version}`;
}

function sizesOf(tensors: NamedShapes): { embedDim: number; depth: number; hidden: number | undefined } | undefined {
  const embedDim = tensors.get('patch_embed.proj.bias')?.shape[0] ?? tensors.get('norm.weight')?.shape[0];
  if (embedDim === undefined) return undefined;
  const hidden = tensors.get('blocks.0.mlp.fc1.weight')?.shape[0];
  return { embedDim, depth: countBlocks(tensors, 'blocks'), hidden };
}
