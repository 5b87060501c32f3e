// Records which operations TensorFlow's CUDA build has GPU kernels for, and for which element types:
//
//   VJEPA_CACHE=… node scripts/record-gpu-kernels.mjs    writes fake-cuda/gpu-kernels.json
//
// Needs the CUDA engine (`installTensorFlow({ cuda: true })`), no GPU, and a build of this package. With the list, tests
// see without either whether a step has kernels for everything it does.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs/light.js';
import { loadTensorFlow } from '../dist/index.js';

const { Type, Field } = protobuf;
const OpList = new Type('OpList')
  .add(new Field('op', 1, 'OpDef', 'repeated'))
  .add(new Type('OpDef').add(new Field('name', 1, 'string')));
const List = new Type('ListValue').add(new Field('type', 6, 'int32', 'repeated'));
const Value = new Type('AttrValue').add(new Field('list', 1, 'ListValue')).add(List);
const Constraint = new Type('AttrConstraint')
  .add(new Field('name', 1, 'string'))
  .add(new Field('allowedValues', 2, 'AttrValue'))
  .add(Value);
const Kernel = new Type('KernelDef')
  .add(new Field('deviceType', 2, 'string'))
  .add(new Field('constraint', 3, 'AttrConstraint', 'repeated'))
  .add(new Field('label', 5, 'string'))
  .add(Constraint);
const KernelList = new Type('KernelList').add(new Field('kernel', 1, 'KernelDef', 'repeated')).add(Kernel);

/** The element types that models compute with: float, int32, uint8, int64, bool, bfloat16, resource (types.proto). */
const TYPES = new Set([1, 3, 4, 9, 10, 14, 20]);

const { api, gpu, version } = await loadTensorFlow({ device: 'cpu' });
if (!gpu.builtForGpu) throw new Error('the TensorFlow that was found is built without CUDA');
const status = api.TF_NewStatus();
const operations = OpList.toObject(OpList.decode(api.bufferBytes(api.TF_GetAllOpList())), { arrays: true }).op;
const kernels = {};
for (const { name } of operations) {
  const buffer = api.TF_GetRegisteredKernelsForOp(name, status);
  const list = KernelList.toObject(KernelList.decode(api.bufferBytes(buffer)), { arrays: true, defaults: true }).kernel;
  api.TF_DeleteBuffer(buffer);
  const found = list
    // DEFAULT: for any device but the CPU that has no kernel of its own.
    .filter(({ deviceType, label }) => (deviceType === 'GPU' || deviceType === 'DEFAULT') && label === '')
    .map(({ constraint }) =>
      Object.fromEntries(constraint.map(({ name, allowedValues }) => [name, allowedValues?.list?.type ?? []])),
    )
    .filter((types) => Object.values(types).every((allowed) => allowed.some((type) => TYPES.has(type))));
  if (found.length > 0) kernels[name] = merged(found);
}
const lines = Object.entries(kernels).map(([name, types]) => `    ${JSON.stringify(name)}: ${JSON.stringify(types)}`);
const path = fileURLToPath(new URL('../fake-cuda/gpu-kernels.json', import.meta.url));
writeFileSync(path, `{\n  "tensorflow": "${version}",\n  "kernels": {\n${lines.join(',\n')}\n  }\n}\n`);

/** Kernels that differ in one attribute's types only, as one. */
function merged(kernels) {
  const keys = [...new Set(kernels.map((kernel) => Object.keys(kernel).join()))];
  return keys.flatMap((key) => {
    const alike = kernels.filter((kernel) => Object.keys(kernel).join() === key);
    if (key === '' || key.includes(',')) return [...new Map(alike.map((k) => [JSON.stringify(k), k])).values()];
    const types = alike.flatMap((kernel) => kernel[key].filter((type) => TYPES.has(type)));
    return [{ [key]: [...new Set(types)].sort((a, b) => a - b) }];
  });
}
