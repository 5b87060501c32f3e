import { backend_util } from '@tensorflow/tfjs-core';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import { flagOf, resultType, type Translations } from '../translation.js';

/** Products of matrices. What is transposed is said of the product, not done. */
export const PRODUCTS: Translations = {
  MatMul: ([a, b], { attributes }, { hlo, precise }) => {
    const contract = [flagOf(attributes, 'transpose_a') ? 0 : 1, flagOf(attributes, 'transpose_b') ? 1 : 0] as const;
    return hlo.dot(a!, b!, { batch: [], contract: [contract] }, precise);
  },
  BatchMatMulV2: ([a, b], node, { hlo, precise }) => {
    const outer = resultType(node).shape.slice(0, -2);
    const rank = outer.length;
    const whole = (x: Tensor) => hlo.broadcastTo(x, [...outer, ...x.shape.slice(-2)]);
    const contract = [
      rank + (flagOf(node.attributes, 'adj_x') ? 0 : 1),
      rank + (flagOf(node.attributes, 'adj_y') ? 1 : 0),
    ] as const;
    const batch = outer.map((_, axis) => [axis, axis] as const);
    return hlo.dot(whole(a!), whole(b!), { batch, contract: [contract] }, precise);
  },
  Einsum: (operands, { attributes }, { hlo, precise }) =>
    einsum(operands, attributes.equation!.value as string, hlo, precise),
};

/** Each label is a number; an operand's labels are those of its axes. */
interface Labelled {
  tensor: Tensor;
  labels: readonly number[];
}

function einsum(operands: readonly Tensor[], equation: string, hlo: HloWriter, precise: boolean): Tensor {
  const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, operands.length);
  const kept = allDims.map((_, label) => label).filter((label) => !summedDims.includes(label));
  const given = operands.map((tensor, i) => ({ tensor, labels: idDims[i]! }));
  const [first, second] = given.map((one, i) => withoutOwn(one, given[1 - i]?.labels ?? [], kept, hlo));
  const { tensor, labels } = second === undefined ? first! : product(first!, second, kept, hlo, precise);
  return hlo.transpose(
    tensor,
    kept.map((label) => labels.indexOf(label)),
  );
}

/** Summed over what neither the other operand nor the result has. */
function withoutOwn(
  { tensor, labels }: Labelled,
  others: readonly number[],
  kept: readonly number[],
  hlo: HloWriter,
): Labelled {
  const needed = (label: number) => kept.includes(label) || others.includes(label);
  const axes = labels.flatMap((label, axis) => (needed(label) ? [] : [axis]));
  return { tensor: hlo.reduce('add', tensor, axes), labels: labels.filter(needed) };
}

function product(a: Labelled, b: Labelled, kept: readonly number[], hlo: HloWriter, precise: boolean): Labelled {
  const common = a.labels.filter((label) => b.labels.includes(label));
  const axes = (label: number) => [a.labels.indexOf(label), b.labels.indexOf(label)] as const;
  const [batch, contract] = [
    common.filter((label) => kept.includes(label)),
    common.filter((label) => !kept.includes(label)),
  ];
  const tensor = hlo.dot(a.tensor, b.tensor, { batch: batch.map(axes), contract: contract.map(axes) }, precise);
  const free = ({ labels }: Labelled) => labels.filter((label) => !common.includes(label));
  return { tensor, labels: [...batch, ...free(a), ...free(b)] };
}
