import type { HloWriter } from './hlo-writer.js';
import type { Tensor, TensorType } from './tensor.js';
import { typeText } from './tensor.js';

/**
 * Devices that share a batch: it is in `parts`, and `copies` devices, which follow each other, have each part. They are those of
 * `hosts` processes, as many of each, one's after the other's. Default: of one.
 */
export interface Mesh {
  parts: number;
  copies: number;
  hosts?: number | undefined;
}

/** How a tensor lies on the devices: cut along an axis, into parts as the batch is, or into one for each device of a host. */
export interface Sharding {
  axis: number;
  over: 'parts' | 'devices';
}

/** How many pieces a tensor is in. */
export function piecesOf({ parts, copies, hosts = 1 }: Mesh, sharding: Sharding | undefined): number {
  if (sharding === undefined) return 1;
  return sharding.over === 'parts' ? parts : (parts * copies) / hosts;
}

/** Which of the pieces a device has, by its place among the devices. */
export function pieceAt(mesh: Mesh, sharding: Sharding, device: number): number {
  return sharding.over === 'parts' ? Math.floor(device / mesh.copies) : device % piecesOf(mesh, sharding);
}

/** The devices as Shardy's dialect declares them. */
export function meshText({ parts, copies, hosts = 1 }: Mesh): string {
  const host = hosts === 1 ? '' : `"host"=${hosts}, `;
  return `sdy.mesh @devices = <[${host}"part"=${parts / hosts}, "copy"=${copies}]>`;
}

/** An attribute of an argument or a result. */
export function shardingAttribute(type: TensorType, sharding: Sharding | undefined, mesh: Mesh): string {
  return `sdy.sharding = #sdy.sharding${shardingText(type, sharding, mesh)}`;
}

/** The tensor, whole on every device from here on. */
export function madeWhole(x: Tensor, hlo: HloWriter): Tensor {
  return hlo.write(`sdy.sharding_constraint ${x.name} ${shardingText(x, undefined, undefined)}`, typeText(x), [x])[0]!;
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
  mesh: Mesh,
  hlo: HloWriter,
  body: (operands: readonly Tensor[], results: readonly TensorType[]) => string,
): readonly Tensor[] {
  const cut = ({ dtype, shape }: TensorType): TensorType => ({
    dtype,
    shape: isCut(shape) ? [shape[0]! / mesh.parts, ...shape.slice(1)] : shape,
  });
  const shardings = (types: readonly TensorType[]) =>
    `[${types.map((type) => shardingText(type, isCut(type.shape) ? { axis: 0, over: 'parts' } : undefined, mesh)).join(', ')}]`;
  const own = operands.map((x, i) => ({ ...cut(x), name: `%own${i}` }));
  const made = results.map(cut);
  const names = made.map((_, i) => (made.length === 1 ? '%made' : `%made#${i}`)).join(', ');
  const types = (all: readonly TensorType[]) => all.map(typeText).join(', ');
  const text = [
    `sdy.manual_computation(${operands.map(({ name }) => name).join(', ')})`,
    `in_shardings=${shardings(operands)} out_shardings=${shardings(results)} manual_axes={${axesText(mesh, ['part', 'copy'])}}`,
    `(${own.map((x) => `${x.name}: ${typeText(x)}`).join(', ')}) {`,
    `${made.length === 1 ? '%made' : `%made:${made.length}`} = ${body(own, made)}`,
    `sdy.return ${names} : ${types(made)} }`,
  ].join(' ');
  return hlo.write(text, `(${types(operands)}) -> (${types(results)})`, results);
}

/** Axes that are not cut are closed: XLA may not cut them either. */
function shardingText({ shape }: TensorType, sharding: Sharding | undefined, mesh: Mesh | undefined): string {
  const over = sharding?.over === 'devices' ? '"part", "copy"' : axesText(mesh, ['part']);
  return `<@devices, [${shape.map((_, axis) => (axis === sharding?.axis ? `{${over}}` : '{}')).join(', ')}]>`;
}

/** Axes of the mesh, with that of hosts where there are several. */
function axesText(mesh: Mesh | undefined, axes: readonly string[]): string {
  const all = (mesh?.hosts ?? 1) === 1 ? axes : ['host', ...axes];
  return all.map((axis) => `"${axis}"`).join(', ');
}
