/** Parts of a model whose norms are told apart: what makes tokens, its blocks in three parts, what comes after them. */
export const LAYER_GROUP_NAMES = ['embedding', 'early', 'middle', 'late', 'output'] as const;
/** The name of a part of a model. */
export type LayerGroupName = (typeof LAYER_GROUP_NAMES)[number];

/**
 * Sorts a model's parameters by depth: the blocks fall into an early, a middle and a late third.
 *
 * @param names of one encoder or predictor, as in its state dict, with or without a prefix
 * @returns the names of each group; groups that would be empty are left out
 */
export function layerGroups(names: readonly string[]): Partial<Record<LayerGroupName, string[]>> {
  const blocks = 1 + Math.max(-1, ...names.map(blockOf).filter((block) => block !== undefined));
  const groups: Partial<Record<LayerGroupName, string[]>> = {};
  for (const name of names) {
    const group = groupOf(name, blocks);
    groups[group] = [...(groups[group] ?? []), name];
  }
  return groups;
}

function groupOf(name: string, blocks: number): LayerGroupName {
  const block = blockOf(name);
  if (block !== undefined) return (['early', 'middle', 'late'] as const)[Math.floor((3 * block) / blocks)]!;
  return /embed|mask_tokens/.test(name) ? 'embedding' : 'output';
}

function blockOf(name: string): number | undefined {
  const match = /(?:^|\.)(?:predictor_)?blocks\.(\d+)\./.exec(name);
  return match ? Number(match[1]) : undefined;
}
