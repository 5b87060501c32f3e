import type { Engine, EngineOptions } from '@vjepa/engine';
import { publishesCuda } from '@vjepa/tensorflow';
import { gpuRemedy } from './gpu-remedy.js';

/**
 * What commands print of their engine: what was chosen, why, and which option or command would make it faster.
 *
 * @param options what the engine was asked for
 * @param bfloat16Setting what sets the precision to bfloat16, in the user's words, for advice. Default: none is given
 */
export function engineLine(engine: Engine, options: EngineOptions, bfloat16Setting?: string): string {
  if (engine.backend === 'xla') return `engine: ${engine.description}`;
  if (engine.backend !== 'tensorflow') return webAssemblyLine(engine, options);
  const { version, compiled, place, gpu } = engine;
  const mode = compiled ? engine.mode : `${engine.mode} (--eager; slower than compiled)`;
  const onCpu = gpu?.used === 0;
  const advised = onCpu && publishesCuda() && compiled && engine.precision === 'float32' && bfloat16Setting;
  // Where there may be AVX-512.
  const faster = advised ? `; ${bfloat16Setting} is faster on CPUs with AVX-512 or AMX` : '';
  return `engine: TensorFlow ${version} on ${place}${place === 'CPU' ? whyNoGpu(engine) : ''}, ${mode}${faster}`;
}

function webAssemblyLine(
  { withoutTensorFlow = 'asked for by --backend wasm' }: Engine,
  options: EngineOptions,
): string {
  const note = options.precision === 'bfloat16' ? '; bfloat16 is not available here, computing in float32' : '';
  return (
    `engine: WebAssembly (${withoutTensorFlow}), operation by operation${note}. ` +
    'TensorFlow is several times faster: vjepa runtime install'
  );
}

function whyNoGpu({ gpu }: Engine): string {
  const problem = gpu?.problem;
  if (problem === undefined || problem.code === 'not-asked-for') return '';
  return ` (no GPU is used: ${problem.reason} -> ${gpuRemedy(problem.code)})`;
}
