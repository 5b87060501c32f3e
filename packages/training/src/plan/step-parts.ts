import type { FeedTree, HostTensor, HostTree } from '@vjepa/engine';
import type { ClipGroup, MaskTree } from '@vjepa/jepa';
import type { PlannedInputs } from './step-inputs.js';

/**
 * A step's inputs as those of equal parts of its clips, in order, for gradient accumulation: each has its share of the batch, and
 * the last the schedules' values.
 *
 * @param count of which the number of clips of each length is a multiple
 */
export function stepParts(inputs: FeedTree<PlannedInputs>, count: number): FeedTree<PlannedInputs>[] {
  if (count === 1) return [inputs];
  const { clips, context, target, contextWeight, others, ...scheduled } = inputs;
  return Array.from({ length: count }, (_, part) => {
    const own = { ...clipsOfPart({ clips, context, target, contextWeight }, part, count), share: 1 / count };
    const more = others?.map((group) => clipsOfPart(group, part, count));
    return { ...(part === count - 1 && scheduled), ...own, ...(more && { others: more }) };
  });
}

function clipsOfPart(
  { clips, context, target, contextWeight }: FeedTree<ClipGroup>,
  part: number,
  count: number,
): FeedTree<ClipGroup> {
  const rows = (x: HostTensor) => rowsOfPart(x, part, count);
  const masks: HostTree<MaskTree> = {
    context: (context as HostTensor[]).map(rows),
    target: (target as HostTensor[]).map(rows),
  };
  return { clips: rows(clips as HostTensor), ...masks, ...(contextWeight !== undefined && { contextWeight }) };
}

/** Views of the same memory. */
function rowsOfPart({ shape: [rows, ...each], data }: HostTensor, part: number, count: number): HostTensor {
  const size = data.length / count;
  return { shape: [rows! / count, ...each], data: data.subarray(part * size, (part + 1) * size) };
}
