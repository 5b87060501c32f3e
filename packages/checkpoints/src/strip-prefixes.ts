/**
 * A parameter's name without the wrappers of training: 'module.' of distributed training and 'backbone.' of multi-mask
 * models, wherever they occur, as the reference strips them.
 */
export function stripPrefixes(name: string): string {
  return name.replaceAll('module.', '').replaceAll('backbone.', '');
}
