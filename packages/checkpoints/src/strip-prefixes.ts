/**
 * Names that wrappers put before those of the module inside: distributed and sharded training, torch.compile,
 * activation checkpointing, Fabric, and the reference's multi-mask models.
 */
const WRAPPERS: ReadonlySet<string> = new Set([
  'module',
  'backbone',
  '_orig_mod',
  '_checkpoint_wrapped_module',
  '_fsdp_wrapped_module',
  '_forward_module',
]);

/** A parameter's name without the wrappers of training, wherever in it they occur. */
export function stripPrefixes(name: string): string {
  return name
    .split('.')
    .filter((part) => !WRAPPERS.has(part))
    .join('.');
}

/** The parts of a dotted name from the first on that is no wrapper. */
export function partsInsideWrappers(name: string): string[] {
  const parts = name.split('.');
  const first = parts.findIndex((part) => !WRAPPERS.has(part));
  return first < 0 ? parts : parts.slice(first);
}
