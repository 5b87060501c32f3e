import { signature, type Tensor, type TensorType } from './tensor.js';

/** A call of something that XLA hands to a library, row-major, and its type. */
export function customCallText(
  { target, config }: { target: string; config: string },
  operands: readonly Tensor[],
  results: readonly TensorType[],
): { text: string; type: string } {
  const layouts = (types: readonly TensorType[]) => `[${types.map(rowMajor).join(', ')}]`;
  const attributes = [
    `api_version = 2 : i32`,
    `backend_config = ${JSON.stringify(config)}`,
    `operand_layouts = ${layouts(operands)}`,
    `result_layouts = ${layouts(results)}`,
  ].join(', ');
  const text = `stablehlo.custom_call @${symbol(target)}(${operands.map(({ name }) => name).join(', ')}) {${attributes}}`;
  return { text, type: signature(operands, results) };
}

function rowMajor({ shape }: TensorType): string {
  const order = shape.map((_, i) => shape.length - 1 - i);
  return `dense<[${order.join(', ')}]> : tensor<${order.length}xindex>`;
}

/** A name after `@`, quoted where it is not of letters. */
function symbol(name: string): string {
  return /^[A-Za-z_][\w$.]*$/.test(name) ? name : JSON.stringify(name);
}
