import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from './host-tensor.js';

/** A tree of tensors, in records and lists, as the same tree of tensors in ordinary memory. */
export type HostTree<Tree> = Tree extends tf.Tensor
  ? HostTensor
  : Tree extends undefined
    ? undefined
    : { [Branch in keyof Tree]: HostTree<Tree[Branch]> };

/** A tree of tensors as what may be fed in its place: tensors in ordinary memory, and numbers for scalars. */
export type FeedTree<Tree> = Tree extends tf.Tensor
  ? HostTensor | number
  : Tree extends undefined
    ? undefined
    : { [Branch in keyof Tree]: FeedTree<Tree[Branch]> };

/** Part of a tree: branches may be left out at every level. */
export type PartialTree<Tree> = Tree extends HostTensor ? Tree : { [Branch in keyof Tree]?: PartialTree<Tree[Branch]> };

/** A tree of tensors in ordinary memory, and of numbers, as the same tree of tensors of a backend. */
export type TensorTree<Tree> = Tree extends HostTensor | number
  ? tf.Tensor
  : Tree extends undefined
    ? undefined
    : { [Branch in keyof Tree]: TensorTree<Tree[Branch]> };

/** What a tree ends in. */
export type Leaf = tf.Tensor | HostTensor | number;

/** A tree with a name in the place of each tensor: what is left of it when it is laid out flat. */
export type Outline = string | { readonly [branch: string]: Outline } | readonly Outline[];

/**
 * The tensors of a tree by their paths, parts joined by dots: `{ expAvg: { probe: [{ 'linear.bias': x }] } }` is
 * `{ 'exp_avg.probe.0.linear.bias': x }`. Branches in camel case become snake case, as names are in files and graphs;
 * names that are no such word, as `linear.bias` or `pos_embed`, stay as they are. What is undefined is left out.
 */
export function flatten<T extends Leaf>(tree: unknown): Record<string, T> {
  const flat: Record<string, T> = {};
  walk(tree, '', (path, leaf) => {
    flat[path] = leaf as T;
    return path;
  });
  return flat;
}

/** The names that {@link flatten} gives to a tree's tensors, where they are. */
export function outlineOf(tree: unknown): Outline {
  return walk(tree, '', (path) => path);
}

/**
 * The tree of an outline, with what `get` gives for each name; names for which that is undefined are left out, and
 * branches that would be empty for it too.
 */
export function fill<T>(outline: Outline, get: (name: string) => T | undefined): unknown {
  if (typeof outline === 'string') return get(outline);
  if (Array.isArray(outline)) {
    const filled = outline.map((part) => fill(part, get));
    return outline.length > 0 && filled.every((part) => part === undefined) ? undefined : filled;
  }
  const branches = Object.entries(outline as Record<string, Outline>);
  const filled = branches.map(([name, part]) => [name, fill(part, get)]).filter(([, part]) => part !== undefined);
  return filled.length === 0 && branches.length > 0 ? undefined : Object.fromEntries(filled);
}

/** The names in an outline. */
export function namesIn(outline: Outline): string[] {
  if (typeof outline === 'string') return [outline];
  return Object.values(outline as Record<string, Outline>).flatMap(namesIn);
}

function walk(tree: unknown, path: string, visit: (path: string, leaf: Leaf) => string): Outline {
  if (isLeaf(tree)) return visit(path, tree);
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (Array.isArray(tree)) return tree.map((part, i) => walk(part, below(String(i)), visit));
  if (typeof tree !== 'object' || tree === null) {
    throw new TypeError(
      `expected tensors, or records and lists of them, found ${String(tree)}${path && ` at '${path}'`}`,
    );
  }
  const branches = Object.entries(tree).filter(([, part]) => part !== undefined);
  return Object.fromEntries(branches.map(([name, part]) => [name, walk(part, below(flatName(name)), visit)]));
}

function isLeaf(tree: unknown): tree is Leaf {
  if (typeof tree === 'number' || tree instanceof tf.Tensor) return true;
  if (typeof tree !== 'object' || tree === null) return false;
  const { shape, data } = tree as Partial<Record<keyof HostTensor, unknown>>;
  return Array.isArray(shape) && (ArrayBuffer.isView(data) || typeof data === 'function');
}

/** What a branch is called in flat names: `expAvgSq` is `exp_avg_sq`. */
export function flatName(name: string): string {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) return name;
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
