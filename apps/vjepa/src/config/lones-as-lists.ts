import type { z } from 'zod';
import { bare } from './config-problem.js';

/**
 * The tree with every lone value that stands where the schema has a list put into one: `datasets: videos.csv` is
 * `datasets: [videos.csv]`, so that a list of one needs no brackets, which shells read themselves. Pairs such as
 * `[low, high]` are no such lists, and null stays null.
 */
export function lonesAsLists(schema: z.ZodType, tree: unknown): unknown {
  const { shape, element, options } = bare(schema).def as {
    shape?: Record<string, z.ZodType>;
    element?: z.ZodType;
    options?: z.ZodType[];
  };
  if (element !== undefined) {
    if (tree === null || tree === undefined) return tree;
    return (Array.isArray(tree) ? tree : [tree]).map((item) => lonesAsLists(element, item));
  }
  if (options !== undefined) {
    // Of several forms only a section has lists inside it; another value is what one of the forms takes.
    const section = options.find((option) => 'shape' in bare(option).def);
    return section && isSection(tree) ? lonesAsLists(section, tree) : tree;
  }
  if (shape === undefined || !isSection(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => {
      const inner = Object.hasOwn(shape, key) ? shape[key] : undefined;
      return [key, inner ? lonesAsLists(inner, value) : value];
    }),
  );
}

function isSection(tree: unknown): tree is Record<string, unknown> {
  return tree !== null && typeof tree === 'object' && !Array.isArray(tree);
}
