import { encoderConfig, encoderNames } from '@vjepa/vit';

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * What kind of encoder a state dict holds, in words, from its names and shapes alone: the named model with its width
 * and number of blocks where there is one. Undefined when it holds no encoder.
 */
export function describeArchitecture(tensors: Shapes): string | undefined {
  const width = tensors.get('norm.weight')?.shape[0] ?? tensors.get('patch_embed.proj.bias')?.shape[0];
  if (width === undefined) return undefined;
  const depth = countBlocks(tensors.keys());
  const name = encoderNames.find((candidate) => {
    const { embedDim, depth: blocks } = encoderConfig(candidate);
    return embedDim === width && blocks === depth;
  });
  return `${name ?? 'an encoder'} (${depth} blocks of width ${width}${isRotary(tensors) ? ', V-JEPA 2' : ''})`;
}

/** V-JEPA 2 rotates queries and keys instead of adding a position table. */
export function isRotary(tensors: Shapes): boolean {
  return !tensors.has('pos_embed') && tensors.has('patch_embed.proj.weight');
}

function countBlocks(names: Iterable<string>): number {
  let count = 0;
  for (const name of names) count = Math.max(count, Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1) + 1);
  return count;
}
