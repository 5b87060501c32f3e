import { DataType } from '../data-type.js';
import { type Node, nameOf, type Value } from '../node.js';
import type { GraphWriter } from './graph-writer.js';

/** The name of the state a traced value is, if it is state as it was before the step. */
export function stateName({ node }: Value): string | undefined {
  return node.op === 'State' ? nameOf(node) : undefined;
}

/** The variable that holds a piece of state. */
export function variableHandle(name: string, w: GraphWriter): Value {
  const attributes = { name: { kind: 'string', value: name } } as const;
  return w.write('Handle', attributes, [], [{ dtype: DataType.RESOURCE, shape: [] }])[0]!;
}

/** Gives a variable a new value, after `after`. */
export function assignVariable(handle: Value, value: Value, after: readonly Node[], w: GraphWriter): Node {
  const attributes = { dtype: { kind: 'type', value: value.dtype } } as const;
  return w.effect('AssignVariableOp', attributes, [handle, value], [], after);
}

/** What a variable holds after `after`. */
export function readVariable(handle: Value, like: Value, after: readonly Node[], w: GraphWriter): Value {
  const attributes = { dtype: { kind: 'type', value: like.dtype } } as const;
  return w.effect('ReadVariableOp', attributes, [handle], [like], after).outputs[0]!;
}

/** The variables that an operation is given to change. */
export function variablesOf({ inputs }: Node): string[] {
  return inputs.filter(({ node }) => node.op === 'Handle').map(({ node }) => nameOf(node));
}
