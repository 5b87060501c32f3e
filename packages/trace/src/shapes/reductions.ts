import type { Value } from '../node.js';
import { axisOf, each, flag, type Rule, type Rules, requireElements, result, shapeOf } from './rule.js';

const reduced: Rule = ([x, axes], attributes) => {
  const shape = shapeOf(x!);
  const gone = new Set(requireElements(axes!, 'the axes that are reduced').map((axis) => axisOf(axis, shape.length)));
  const keep = flag(attributes, 'keep_dims');
  return result(
    x!.dtype,
    shape.flatMap((size, axis) => (gone.has(axis) ? (keep ? [1] : []) : [size])),
  );
};

const position: Rule = ([x, axis], attributes) => {
  const shape = shapeOf(x!);
  const gone = axisOf(requireElements(axis!, 'the axis')[0]!, shape.length);
  return result(
    attributes.output_type!.value as number,
    shape.filter((_, i) => i !== gone),
  );
};

const running: Rule = ([x, axis]) => {
  const shape = shapeOf(x!);
  axisOf(requireElements(axis as Value, 'the axis')[0]!, shape.length);
  return result(x!.dtype, shape);
};

/** Operations that make one element of many, or a running one. */
export const REDUCTIONS: Rules = {
  ...each(['Sum', 'Mean', 'Max', 'Min', 'Prod', 'All', 'Any'], reduced),
  ...each(['ArgMax', 'ArgMin'], position),
  ...each(['Cumsum', 'Cumprod'], running),
  L2Loss: ([x]) => result(x!.dtype, []),
};
