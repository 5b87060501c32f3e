import {
  CheckpointError,
  compareShapes,
  describeModels,
  inspectCheckpoint,
  readStateDict,
  requireSameShapes,
  type StateDict,
} from '@vjepa/checkpoints';
import { type AttentiveProbeConfig, type ProbeConfig, type ProbeTask, probeParameterShapes } from '@vjepa/probe';
import { InputError, option, sentence } from '@vjepa/training';
import { describeHeads, probeHeads } from './probe-heads.js';
import { requireFinite } from './require-finite.js';

/** A trained probe in memory, by the names of the reference's classifier. */
export type LoadedProbe = Record<string, { shape: number[]; data: Float32Array }>;

/** What the tensors of a probe tell. */
export interface FoundProbe extends Pick<AttentiveProbeConfig, 'selfAttention'> {
  /** Attentive blocks; 0: average pooling. */
  depth: number;
  /** Of all tasks together, where it has some. */
  classes: number;
  /** Width of the tokens it reads. */
  embedDim: number;
  /** Verb, noun and action of a probe for anticipation. */
  tasks?: readonly ProbeTask[];
}

/** What a path does not tell `loadProbe`. */
export interface LoadProbeOptions {
  /** Which probe of a file that lists several, counted from 0. Default 0. */
  head?: number | undefined;
}

/**
 * Reads a trained probe, strictly: the `classifier` of a .pth.tar, one of the `classifiers` of an evaluation of V-JEPA 2,
 * the classifier in a folder of Hugging Face's, or a safetensors file of nothing else.
 *
 * @param probeOf the probe config that fits what the file's tensors tell
 * @returns names of the classes too, where the file has some, and notes, one sentence each
 * @throws InputError when there is no probe, or not the one asked for, listing every missing, unexpected and mis-shaped
 *   name, or those whose values are no numbers; CheckpointError when it cannot be read
 */
export async function loadProbe(
  path: string,
  probeOf: (found: FoundProbe) => ProbeConfig,
  { head }: LoadProbeOptions = {},
): Promise<{ probe: ProbeConfig; parameters: LoadedProbe; classNames: string[] | undefined; notes: string[] }> {
  const { key, notes } = await chosenProbe(path, head);
  const stored = await openProbe(path, key);
  try {
    const probe = probeOf(requireProbe(path, stored.tensors));
    const shapes = probeParameterShapes(probe);
    requireSameShapes(path, compareShapes(shapes, stored.tensors));
    const parameters: LoadedProbe = {};
    for (const [name, shape] of shapes) {
      parameters[name] = { shape, data: await stored.tensors.get(name)!.readFloat32() };
    }
    requireFinite(path, parameters);
    const labels = stored.huggingFace?.probe.labels ?? [];
    return { probe, parameters, classNames: labels.length > 0 ? labels : undefined, notes };
  } finally {
    await stored.close();
  }
}

/**
 * How many classes a trained probe tells apart, by its tensors' shapes alone.
 *
 * @throws as `loadProbe` does where there is no probe
 */
export async function probeClasses(path: string, options?: LoadProbeOptions): Promise<number> {
  return (await inspectProbe(path, options)).classes;
}

/** What a trained probe's tensors tell by their shapes alone. */
export async function inspectProbe(path: string, { head }: LoadProbeOptions = {}): Promise<FoundProbe> {
  const { key } = await chosenProbe(path, head);
  const { tensors, close } = await openProbe(path, key);
  await close();
  return requireProbe(path, tensors);
}

function requireProbe(path: string, tensors: StateDict['tensors']): FoundProbe {
  const found = foundProbe(tensors);
  if (found !== undefined) return found;
  throw new InputError({ subject: path, problem: 'holds no probe: there is no linear.weight', code: 'no-probe' });
}

/** The key of the probe in the file. Nothing in a list says which one did best. */
async function chosenProbe(path: string, head: number | undefined): Promise<{ key: string; notes: string[] }> {
  const heads = await probeHeads(path);
  if (heads === undefined) {
    if (head === undefined || head === 0) return { key: 'classifier', notes: [] };
    const problem = sentence`holds one probe, ${option('head')} is ${head}`;
    throw new InputError({ subject: path, problem, remedy: 'leave it out', code: 'no-such-head' });
  }
  const { count } = heads;
  const chosen = head ?? 0;
  if (!Number.isInteger(chosen) || chosen < 0 || chosen >= count) {
    const problem = sentence`holds ${count} probes, 0 to ${count - 1}, ${option('head')} is ${chosen}`;
    throw new InputError({ subject: path, problem, remedy: 'choose one of them', code: 'no-such-head' });
  }
  const notes = head !== undefined || count === 1 ? [] : [`${path}: ${describeHeads(heads)}; the first is taken`];
  return { key: `classifiers.${chosen}`, notes };
}

async function openProbe(path: string, key: string): Promise<StateDict> {
  try {
    return await readStateDict(path, key);
  } catch (error) {
    if (!(error instanceof CheckpointError) || !error.problem.startsWith(`has no '${key}'`)) throw error;
    // A file of nothing but the probe, as a folder of results holds it, has no key.
    const bare = await readStateDict(path).catch(() => undefined);
    if (bare && foundProbe(bare.tensors)) return bare;
    await bare?.close();
    const found = describeModels((await inspectCheckpoint(path)).models);
    if (found === undefined) throw error;
    const problem = `holds no probe: it is ${found}`;
    throw new InputError({
      subject: path,
      problem,
      remedy: 'name the file of a probe',
      code: 'no-probe',
      cause: error,
    });
  }
}

/** The tasks of a probe for anticipation, in the order of its queries. */
const TASKS = ['verb', 'noun', 'action'] as const;

/** What the tensors tell; undefined where they are those of no probe. */
function foundProbe(tensors: StateDict['tensors']): FoundProbe | undefined {
  const form = { depth: depthOf(tensors.keys()), selfAttention: selfAttentionOf(tensors) };
  const [classes, embedDim] = tensors.get('linear.weight')?.shape ?? [];
  if (classes !== undefined && embedDim !== undefined) return { ...form, classes, embedDim };
  const tasks = TASKS.flatMap((name) => {
    const shape = tensors.get(`${name}_classifier.weight`)?.shape;
    return shape === undefined ? [] : [{ name, classes: shape[0]!, width: shape[1]! }];
  });
  if (tasks.length < TASKS.length) return undefined;
  const all = tasks.reduce((sum, task) => sum + task.classes, 0);
  return { ...form, classes: all, embedDim: tasks[0]!.width, tasks: tasks.map(({ width: _, ...task }) => task) };
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
