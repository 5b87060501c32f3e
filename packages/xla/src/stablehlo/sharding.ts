import type { HloWriter } from './hlo-writer.js';
import type { Tensor, TensorType } from './tensor.js';
import { typeText } from './tensor.js';

/** Devices that share a batch: it is in `parts`, and `copies` devices, which follow each other, have each part. */
export interface Mesh {
  parts: number;
  copies: number;
}

/** How a tensor lies on the devices: cut along an axis, into parts as the batch is or into one for each device. */
export interface Sharding {
  axis: number;
  over: 'parts' | 'devices';
}

/** How many pieces a tensor is in. */
export function piecesOf({ parts, copies }: Mesh, sharding: Sharding | undefined): number {
  if (sharding === undefined) return 1;
  return sharding.over === 'parts' ? parts : parts * copies;
}

/** Which of the pieces a device has, by its place among the devices. */
export function pieceAt({ copies }: Mesh, { over }: Sharding, device: number): number {
  return over === 'parts' ? Math.floor(device / copies) : device;
}

/** The devices as Shardy's dialect declares them. */
export function meshText({ parts, copies }: Mesh): string {
  return `sdy.mesh @devices = <["part"=${parts}, "copy"=${copies}]>`;
}

/** An attribute of an argument or a result. */
export function shardingAttribute(type: TensorType, sharding: Sharding | undefined): string {
  return `sdy.sharding = #sdy.sharding${shardingText(type, sharding)}`;
}

/** The tensor, whole on every device from here on. */
export function madeWhole(x: Tensor, hlo: HloWriter): Tensor {
  return hlo.write(`sdy.sharding_constraint ${x.name} ${shardingText(x, undefined)}`, typeText(x), [x])[0]!;
}

/**
 * What each device does by itself with its part of the batch, which XLA does not look into.
 *
 * @param isCut whether a tensor of such a shape is cut along its first axis
 * @param body the operation, given names and types of operands and types of results as one device has them
 */
export function onEachDevice(
  {
    operands,
    results,
    isCut,
  }: { operands: readonly Tensor[]; results: readonly TensorType[]; isCut(shape: readonly number[]): boolean },
  { parts }: Mesh,
  hlo: HloWriter,
  body: (operands: readonly Tensor[], results: readonly TensorType[]) => string,
): readonly Tensor[] {
  const cut = ({ dtype, shape }: TensorType): TensorType => ({
    dtype,
    shape: isCut(shape) ? [shape[0]! / parts, ...shape.slice(1)] : shape,
  });
  const shardings = (types: readonly TensorType[]) =>
    `[${types.map((type) => shardingText(type, isCut(type.shape) ? { axis: 0, over: 'parts' } : undefined)).join(', ')}]`;
  const own = operands.map((x, i) => ({ ...cut(x), name: `%own${i}` }));
  const made = results.map(cut);
  const names = made.map((_, i) => (made.length === 1 ? '%made' : `%made#${i}`)).join(', ');
  const types = (all: readonly TensorType[]) => all.map(typeText).join(', ');
  const text = [
    `sdy.manual_computation(${operands.map(({ name }) => name).join(', ')})`,
    `in_shardings=${shardings(operands)} out_shardings=${shardings(results)} manual_axes={"part", "copy"}`,
    `(${own.map((x) => `${x.name}: ${typeText(x)}`).join(', ')}) {`,
    `${made.length === 1 ? '%made' : `%made:${made.length}`} = ${body(own, made)}`,
    `sdy.return ${names} : ${types(made)} }`,
  ].join(' ');
  return hlo.write(text, `(${types(operands)}) -> (${types(results)})`, results);
}

/** Axes that are not cut are closed: XLA may not cut them either. */
function shardingText({ shape }: TensorType, sharding: Sharding | undefined): string {
  const over = sharding?.over === 'devices' ? '{"part", "copy"}' : '{"part"}';
  return `<@devices, [${shape.map((_, axis) => (axis === sharding?.axis ? over : '{}')).join(', ')}]>`;
}
