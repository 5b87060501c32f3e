import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describeModule } from './hlo-instructions.mjs';
import { messageField } from './protobuf-fields.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * XLA's plug-in for NVIDIA's GPUs, without one. What `aheadEngine` set up is taken, or a plug-in that is named.
 *
 * @param path a plug-in's library, as JAX's wheel lays it out. cuDNN is not asked for its kernels then
 */
export async function aheadPlugin(path) {
  if (path !== undefined) useWheelsBeside(path);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const { openPlugin } = await import(pathToFileURL(`${root}packages/xla/dist/index.js`).href);
  if (path !== undefined) return compilerOf(openPlugin({ path, source: 'path' }));
  const { VJEPA_AHEAD_PLUGIN: library, VJEPA_AHEAD_DRIVER: driver } = process.env;
  const plugin = openPlugin({ path: library, source: 'cache', kind: 'cuda13' });
  // cuDNN asks for a driver by its name before it makes a kernel.
  const koffi = createRequire(`${root}packages/xla/package.json`)('koffi');
  open.push(koffi.load(driver, { lazy: true }));
  return compilerOf(plugin, { xla_gpu_cudnn_deviceless_compilation_mode: 'CUDNN_DEVICELESS_COMPILATION_ALWAYS' });
}

/** ptxas and libdevice of NVIDIA's wheels, in the same folder of packages; XLA looks for them before it reads anything else. */
function useWheelsBeside(plugin) {
  const nvidia = resolve(dirname(plugin), '../../nvidia/cu13');
  if (!existsSync(nvidia)) return;
  process.env.PATH = `${nvidia}/bin:${process.env.PATH}`;
  process.env.XLA_FLAGS = `${process.env.XLA_FLAGS ?? ''} --xla_gpu_cuda_data_dir=${nvidia}`;
}

function compilerOf(plugin, flags = undefined) {
  const topologyOf = (gpu, devices = 1) => {
    const config = readFileSync(
      existsSync(gpu) ? gpu : fileURLToPath(new URL(`${gpu}.txtpb`, import.meta.url)),
      'utf8',
    );
    const targetConfig = flags ? withCudnnProperties(config) : config;
    return plugin.createTopology({ targetConfig, shape: [1, 1, devices] });
  };
  return {
    /** What the plug-in says of such a GPU. */
    async device(gpu) {
      const { devices } = await topologyOf(gpu);
      return devices[0];
    },
    /**
     * @param program StableHLO as text, or an HloModuleProto
     * @param gpu `h200`, `a100`, or the path of a GpuTargetConfigProto as text
     * @param devices how many of them share the program
     * @returns bytes of memory by kind, as XLA plans it, and what the compiled module consists of
     */
    async compile(program, gpu, devices = 1) {
      const format = typeof program === 'string' ? 'mlir' : 'hlo';
      const topology = await topologyOf(gpu, devices);
      const shared = { partitions: devices, shardy: devices > 1 };
      const executable = await topology.compile(program, { format, flags, ...shared });
      const { code } = await executable.optimizedProgram();
      // HloModuleProtoWithConfig.hlo_module
      return { memory: executable.memory(), compiled: describeModule(messageField(Buffer.from(code), 1)) };
    },
  };
}

/** koffi closes a library that nobody refers to. */
const open = [];

/**
 * XLA tells cuDNN of a GPU that is not there in JSON, whose last string is the description. cuDNN 9.28 wants two numbers
 * more than the plug-in of JAX 0.12.0 writes: they follow the description. Lines marked `cudnn:` are for this plug-in.
 */
function withCudnnProperties(config) {
  const width = /memory_bus_width: (\d+)/.exec(config)?.[1] ?? 0;
  const more = `","smCountOrigin":0,"memoryBusWidth":${width},"more":"`;
  return config
    .replaceAll('# cudnn: ', '')
    .replace(/(device_description_str: ")([^"]*)"/, (_, name, text) => `${name}${text}${more.replaceAll('"', '\\"')}"`);
}
