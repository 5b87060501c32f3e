import { CheckpointError, compareShapes, readStateDict, requireSameShapes, type StateDict } from '@vjepa/checkpoints';
import { type AttentiveProbeConfig, type ProbeConfig, probeParameterShapes } from '@vjepa/probe';
import { InputError } from '@vjepa/training';
import { requireFinite } from './require-finite.js';

/** A trained probe in memory, by the names of the reference's classifier. */
export type LoadedProbe = Record<string, { shape: number[]; data: Float32Array }>;

/** What the tensors of a probe tell. */
export interface FoundProbe extends Pick<AttentiveProbeConfig, 'selfAttention'> {
  /** Attentive blocks; 0: average pooling. */
  depth: number;
  classes: number;
}

/**
 * Reads a trained probe (`classifier` of a .pth.tar, or a safetensors file of nothing else), strictly.
 *
 * @param probeOf the probe config that fits what the file's tensors tell
 * @throws InputError listing every missing, unexpected and mis-shaped name, or those whose values are no numbers;
 *   CheckpointError when it cannot be read
 */
export async function loadProbe(
  path: string,
  probeOf: (found: FoundProbe) => ProbeConfig,
): Promise<{ probe: ProbeConfig; parameters: LoadedProbe }> {
  const stored = await openProbe(path);
  try {
    const classes = stored.tensors.get('linear.weight')?.shape[0];
    if (classes === undefined)
      throw new InputError({ subject: path, problem: 'holds no probe: there is no linear.weight', code: 'no-probe' });
    const depth = depthOf(stored.tensors.keys());
    const probe = probeOf({ depth, selfAttention: selfAttentionOf(stored.tensors), classes });
    const shapes = probeParameterShapes(probe);
    requireSameShapes(path, compareShapes(shapes, stored.tensors));
    const parameters: LoadedProbe = {};
    for (const [name, shape] of shapes) {
      parameters[name] = { shape, data: await stored.tensors.get(name)!.readFloat32() };
    }
    requireFinite(path, parameters);
    return { probe, parameters };
  } finally {
    await stored.close();
  }
}

async function openProbe(path: string): Promise<StateDict> {
  try {
    return await readStateDict(path, 'classifier');
  } catch (error) {
    if (!(error instanceof CheckpointError) || !error.problem.startsWith("has no 'classifier'")) throw error;
    // A file of nothing but the probe, as a folder of results holds it, has no key.
    const bare = await readStateDict(path).catch(() => undefined);
    if (bare?.tensors.has('linear.weight')) return bare;
    await bare?.close();
    throw error;
  }
}

/** 0 without a pooler; 1 for cross-attention alone. */
function depthOf(names: Iterable<string>): number {
  let depth = 0;
  for (const name of names) {
    if (name.startsWith('pooler.')) depth = Math.max(depth, 1);
    const block = /^pooler\.blocks\.(\d+)\./.exec(name);
    if (block) depth = Math.max(depth, Number(block[1]) + 2);
  }
  return depth;
}

/** V-JEPA stores a projection after the cross-attention, V-JEPA 2, whose self-attention comes first, has none. */
function selfAttentionOf(tensors: ReadonlyMap<string, unknown>): FoundProbe['selfAttention'] {
  const block = 'pooler.cross_attention_block';
  return tensors.has(`${block}.xattn.q.weight`) && !tensors.has(`${block}.xattn.proj.weight`) ? 'before' : 'after';
}
