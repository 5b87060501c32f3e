import { checkPlugin, type PluginCheck } from '@vjepa/xla';
import type { EngineOptions } from '../engine/engine.js';
import { type Finding, gib, note, ok, problem } from './finding.js';

/** XLA's plug-in for GPUs, or of `--backend xla` any, whether the driver is one for it, and a small step on it. */
export async function checkXla({ backend }: EngineOptions): Promise<Finding[]> {
  return xlaFindings(await checkPlugin({ orCpu: backend === 'xla' }));
}

function xlaFindings(check: PluginCheck): Finding[] {
  const { name, device, step, attention } = check;
  if (check.problem !== undefined) return [note('XLA', check.problem, remedy(check))];
  if (name === undefined) return [];
  if (step === undefined || device === undefined) return [ok('XLA', name)];
  const memory = device.memoryBytes === undefined ? '' : ` (${gib(device.memoryBytes)} to use)`;
  const where = `${name}, on ${device.kind}${memory}`;
  const form =
    attention && `; attention in bfloat16 is ${attention.fused ? "cuDNN's" : 'composed'}: ${attention.because}`;
  if (step.correct) {
    return [ok('XLA', `${where}: a step compiled and run in ${step.seconds.toFixed(1)} s${form ?? ''}`)];
  }
  return [
    problem('XLA', `${where}: a step gave ${step.losses}, not 16777216,0`, 'vjepa parity fixtures --backend xla'),
  ];
}

function remedy({ code, recommended }: PluginCheck): string | undefined {
  if (recommended !== undefined) return `vjepa runtime install --xla ${recommended}`;
  if (code === 'wrong-version' || code === 'not-loadable')
    return 'vjepa runtime install --xla; VJEPA_XLA_PLUGIN names another';
  if (code === 'resource-exhausted')
    return 'end the programs that nvidia-smi lists, or choose another GPU with --devices';
  return code && 'TF_CPP_MIN_LOG_LEVEL=0 shows what XLA says';
}
