import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// PJRT's C API (xla/pjrt/c/pjrt_c_api.h), as much of it as compiling takes. Each function has one argument, a struct that
// begins with its size and a pointer to extensions, and returns an error or null. Everything is eight bytes wide.

const koffi = createRequire(fileURLToPath(new URL('../../packages/tensorflow/package.json', import.meta.url)))('koffi');
koffi.config({ sync_stack_size: 8 * 2 ** 20 });

/** Where functions are in the table, whose order never changes. */
const FUNCTIONS = {
  ...{ errorMessage: 1, initialize: 3, optimizedProgram: 48 },
  ...{ createTopology: 82, compile: 89, memoryStatistics: 96 },
};
/** Before them: the table's size and extensions, and the version: size, extensions, two numbers of four bytes. */
const FIRST_FUNCTION = 5;

/**
 * Opens a PJRT plug-in and compiles an HloModuleProto for a GPU that need not be there.
 *
 * @param plugin path of its library
 * @param target the GPU, a GpuTargetConfigProto as text
 * @returns bytes of memory by kind, and the compiled module as an HloModuleProtoWithConfig
 */
export function compileAhead(plugin, target, module) {
  const alive = [];
  const memory = (size) => {
    const address = koffi.alloc('uint8_t', size);
    alive.push(address);
    const bytes = new Uint8Array(koffi.view(address, size)).fill(0);
    return { address: BigInt(address), bytes, words: new BigUint64Array(bytes.buffer, bytes.byteOffset, size >> 3) };
  };
  const bytesOf = (data) => {
    const copy = memory(Math.max(8, data.length));
    copy.bytes.set(data);
    return copy.address;
  };
  const textOf = (text) => bytesOf(Buffer.from(text));
  const struct = (...fields) => {
    const made = memory(8 * (fields.length + 2));
    made.words.set([BigInt(made.bytes.length), 0n, ...fields.map(BigInt)]);
    return made;
  };
  const read = (address, size) => Buffer.from(koffi.view(address, Number(size)).slice(0));

  const table = koffi.load(plugin, { lazy: true }).func('GetPjrtApi', 'void *', [])();
  const functions = new BigUint64Array(koffi.view(table, 8 * (FIRST_FUNCTION + 128)));
  const prototype = koffi.proto('void *PjrtFunction(void *)');
  /** Calls a function and gives the fields of its argument back. */
  const call = (name, argument) => {
    const error = koffi.call(functions[FIRST_FUNCTION + FUNCTIONS[name]], prototype, argument.address);
    if (error) {
      const [, , , text, size] = call('errorMessage', struct(BigInt(koffi.address(error)), 0, 0));
      throw new Error(`${name}: ${read(text, size)}`);
    }
    return argument.words;
  };

  call('initialize', struct());
  const option = (name, value) => {
    const kindOfText = 0;
    return struct(textOf(name), name.length, kindOfText, textOf(value), Buffer.byteLength(value));
  };
  const options = [option('target_config', target), option('topology', '1x1x1')];
  const list = memory(options.reduce((size, { bytes }) => size + bytes.length, 0));
  for (const [i, { words }] of options.entries()) list.words.set(words, i * words.length);
  const [topology] = call('createTopology', struct(textOf(''), 0, list.address, options.length, 0)).subarray(6);

  const program = struct(bytesOf(module), module.length, textOf('hlo'), 3);
  // CompileOptionsProto: executable_build_options { device_ordinal: -1 num_replicas: 1 num_partitions: 1 }
  const build = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 32, 1, 40, 1];
  const compileOptions = [26, build.length, ...build];
  const compiling = struct(topology, program.address, bytesOf(compileOptions), compileOptions.length, 0, 0);
  const [executable] = call('compile', compiling).subarray(7);

  const statistics = call('memoryStatistics', struct(executable, ...Array(11).fill(0)));
  const [, , , code, given, results, shared, temporaries] = Array.from(statistics, Number);
  const optimized = struct(0, 0, 0, 0);
  const [, , , size] = call('optimizedProgram', struct(executable, optimized.address)) && optimized.words;
  const bytes = memory(Number(size));
  optimized.words[2] = bytes.address;
  call('optimizedProgram', struct(executable, optimized.address));
  return { memory: { code, given, results, shared, temporaries }, optimized: Buffer.from(bytes.bytes) };
}
