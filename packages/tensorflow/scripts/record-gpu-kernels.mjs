// Records which operations TensorFlow's CUDA build has GPU kernels for, and for which element types:
//
//   VJEPA_CACHE=… node scripts/record-gpu-kernels.mjs    writes fake-cuda/gpu-kernels.json
//
// Needs the CUDA engine (`installTensorFlow({ cuda: true })`), no GPU, and a build of this package. With the list, tests
// see without either whether a step has kernels for everything it does.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { loadTensorFlow } from '../dist/index.js';

/** The element types that models compute with: float, int32, uint8, int64, bool, bfloat16, resource (types.proto). */
const TYPES = new Set([1, 3, 4, 9, 10, 14, 20]);

const { api, gpu, version } = await loadTensorFlow({ device: 'cpu' });
if (!gpu.builtForGpu) throw new Error('the TensorFlow that was found is built without CUDA');
const status = api.TF_NewStatus();
const operations = fields(api.bufferBytes(api.TF_GetAllOpList()), 1).map((op) => text(fields(op, 1)[0]));
const kernels = {};
for (const name of operations) {
  const buffer = api.TF_GetRegisteredKernelsForOp(name, status);
  const list = fields(api.bufferBytes(buffer), 1).map(readKernel);
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

/** KernelDef: device_type 2, constraint 3 (name 1, allowed_values 2 (list 1 (type 6))), label 5. */
function readKernel(kernel) {
  const constraint = fields(kernel, 3).map((bytes) => {
    const [values] = fields(bytes, 2);
    const [list] = values ? fields(values, 1) : [];
    const type = list ? fields(list, 6).flatMap(numbers) : [];
    return { name: text(fields(bytes, 1)[0]), allowedValues: { list: { type } } };
  });
  return { deviceType: text(fields(kernel, 2)[0]), label: text(fields(kernel, 5)[0]), constraint };
}

/** The values of a field of a message that is made of bytes: a string, a message, a packed list. */
function fields(message, wanted) {
  const reader = new BinaryReader(message);
  const values = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) values.push(reader.bytes().slice());
    else reader.skip(wireType, field);
  }
  return values;
}

function text(bytes = new Uint8Array()) {
  return new TextDecoder().decode(bytes);
}

function numbers(list) {
  const reader = new BinaryReader(list);
  const values = [];
  while (reader.pos < reader.len) values.push(reader.int32());
  return values;
}
