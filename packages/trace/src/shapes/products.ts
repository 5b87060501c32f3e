import { backend_util, type Tensor } from '@tensorflow/tfjs-core';
import type { Attributes } from '../node.js';
import { broadcast, flag, type Rules, result, shapeOf } from './rule.js';

/** Products of matrices, and what is written as one. */
export const PRODUCTS: Rules = {
  MatMul: ([a, b], attributes) => {
    const [left, right] = [shapeOf(a!), shapeOf(b!)];
    if (left.length !== 2 || right.length !== 2) throw new Error(`[${left}] and [${right}] are not two matrices`);
    const flags = [flag(attributes, 'transpose_a'), flag(attributes, 'transpose_b')] as const;
    return result(a!.dtype, matrixProduct(left, right, flags));
  },
  BatchMatMulV2: ([a, b], attributes) => {
    const [left, right] = [shapeOf(a!), shapeOf(b!)];
    if (left.length < 2 || right.length < 2)
      throw new Error(`[${left}] and [${right}] are not two matrices, or stacks`);
    const flags = [flag(attributes, 'adj_x'), flag(attributes, 'adj_y')] as const;
    const matrix = matrixProduct(left.slice(-2), right.slice(-2), flags);
    return result(a!.dtype, [...broadcast(left.slice(0, -2), right.slice(0, -2)), ...matrix]);
  },
  Einsum: (inputs, attributes) => result(inputs[0]!.dtype, einsumShape(inputs.map(shapeOf), attributes)),
};

function matrixProduct(
  [rows, inner]: readonly number[],
  [other, columns]: readonly number[],
  [transposeA, transposeB]: readonly [boolean, boolean],
): number[] {
  const [m, k] = transposeA ? [inner!, rows!] : [rows!, inner!];
  const [l, n] = transposeB ? [columns!, other!] : [other!, columns!];
  if (k !== l) throw new Error(`matrices of sizes [${m}, ${k}] and [${l}, ${n}] have no product`);
  return [m, n];
}

function einsumShape(shapes: readonly (readonly number[])[], attributes: Attributes): number[] {
  const equation = attributes.equation!.value as string;
  const { summedDims, allDims, idDims } = backend_util.decodeEinsumEquation(equation, shapes.length);
  const operands = shapes.map((shape) => ({ shape: [...shape] }) as Tensor);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, operands);
  const sizes = allDims.map((_, label) => {
    const operand = idDims.findIndex((labels) => labels.includes(label));
    return shapes[operand]![idDims[operand]!.indexOf(label)]!;
  });
  return sizes.filter((_, label) => !summedDims.includes(label));
}
