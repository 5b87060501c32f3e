import { checkPlugin } from '@vjepa/xla';
import { type Finding, note, ok } from './finding.js';

/** XLA's plug-in for GPUs, and whether the driver is one for it; nothing where there is neither. */
export function checkXla(): Finding[] {
  const { name, recommended, problem } = checkPlugin();
  if (problem === undefined) return name === undefined ? [] : [ok('XLA', name)];
  return [note('XLA', problem, recommended && `vjepa runtime install --xla ${recommended}`)];
}
