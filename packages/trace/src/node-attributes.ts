import type { KernelConstants } from './kernel-constants.js';
import type { Attribute, Attributes } from './node.js';
import { captureOrigin } from './origin.js';
import type { OperationAttribute } from './tfjs-node-kernels.js';
import { TraceError } from './trace-error.js';

/** The attributes of a kernel's operation as a node has them. */
export function nodeAttributes(attributes: readonly OperationAttribute[], binding: KernelConstants): Attributes {
  const named = attributes.map((attribute) => [attribute.name, nodeAttribute(attribute, binding)] as const);
  return withChannelsFirst(Object.fromEntries(named));
}

function nodeAttribute({ name, type, value }: OperationAttribute, binding: KernelConstants): Attribute {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_STRING, TF_ATTR_SHAPE } = binding;
  const list = Array.isArray(value);
  if (type === TF_ATTR_TYPE)
    return list ? { kind: 'types', value: value as number[] } : { kind: 'type', value: value as number };
  if (type === TF_ATTR_INT)
    return list ? { kind: 'ints', value: value as number[] } : { kind: 'int', value: value as number };
  if (type === TF_ATTR_FLOAT && !list) return { kind: 'float', value: value as number };
  if (type === TF_ATTR_BOOL && !list) return { kind: 'bool', value: Boolean(value) };
  if (type === TF_ATTR_STRING && !list) return { kind: 'string', value: value as string };
  if (type === TF_ATTR_SHAPE) return { kind: 'shape', value: value as number[] };
  throw new TraceError(name, `attribute ${name} has a type that graphs cannot hold yet (${type})`, captureOrigin());
}

/** tfjs-node writes how a window goes along each axis as if channels always came last; here, in the order of the axes. */
function withChannelsFirst(attributes: Attributes): Attributes {
  if (attributes.data_format?.value !== 'NCHW') return attributes;
  const ordered = ['strides', 'dilations'].flatMap((name) => {
    const attribute = attributes[name];
    if (attribute?.kind !== 'ints') return [];
    const [batch, height, width, channels] = attribute.value;
    return [[name, { ...attribute, value: [batch!, channels!, height!, width!] }] as const];
  });
  return { ...attributes, ...Object.fromEntries(ordered) };
}
