import type { ModelVersion, RecognizedModel } from './recognized-model.js';

/** Names of a model's tensors, with the little that their shapes tell. */
export type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Every name of the file is the model's, a table known to be unread, or unknown. */
export function accounted(
  tensors: Shapes,
  expected: readonly string[],
  tables: readonly string[],
  version: ModelVersion | undefined,
): Pick<RecognizedModel, 'unread' | 'unknown' | 'missing'> {
  const names = new Set([...expected, ...tables]);
  return {
    unread: version === undefined || version === 'V-JEPA' ? [] : tables.filter((name) => tensors.has(name)),
    unknown: [...tensors.keys()].filter((name) => !names.has(name)),
    missing: expected.filter((name) => !tensors.has(name)),
  };
}

const BLOCK_LEAVES = ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'];

export function blockNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    BLOCK_LEAVES.flatMap((leaf) => affine(`${prefix}.${i}.${leaf}`)),
  ).flat();
}

export function affine(name: string): string[] {
  return [`${name}.weight`, `${name}.bias`];
}
