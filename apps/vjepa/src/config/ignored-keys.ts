import type { ConfigTree } from './override.js';

/** Keys that are read and have no effect, here or in the reference, and why. `*` stands for any value. */
const ignored: Record<string, { unless: unknown; note: string }> = {
  'data.decode_one_clip': { unless: '*', note: 'has no effect, in the reference neither' },
  'data.pin_mem': { unless: '*', note: 'has no effect, in the reference neither' },
  'data.log_resource_utilization': { unless: false, note: 'has no effect, in the reference neither' },
  'meta.eval_freq': { unless: '*', note: 'has no effect, in the reference neither' },
  'meta.use_sdpa': { unless: true, note: 'has no effect: attention is always the scaled dot product' },
  'meta.skip_batches': { unless: -1, note: 'has no effect: --resume finds the place in the data by itself' },
  'pretrain.use_silu': { unless: false, note: 'has no effect, in the reference neither: the activation is GELU' },
  'pretrain.tight_silu': { unless: false, note: 'has no effect, in the reference neither: the activation is GELU' },
  'pretrain.use_sdpa': { unless: true, note: 'has no effect: attention is always the scaled dot product' },
};

/**
 * Notes on keys of the file that are accepted and change nothing. A key whose value is what happens anyway is passed
 * over unless its note is about the key itself.
 *
 * @param isWritten whether a person wrote the key of a dotted path; default: all of them
 */
export function ignoredKeyNotes(tree: ConfigTree, isWritten: (path: string) => boolean = () => true): string[] {
  const notes: string[] = [];
  for (const [path, { unless, note }] of Object.entries(ignored)) {
    const [section, key] = path.split('.') as [string, string];
    const value = (tree[section] as ConfigTree | undefined)?.[key];
    if (value !== undefined && value !== unless && isWritten(path)) notes.push(`${path} ${note}`);
  }
  const meta = (tree.meta ?? {}) as ConfigTree;
  if (meta.read_checkpoint && !meta.load_checkpoint && isWritten('meta.read_checkpoint')) {
    notes.push('meta.read_checkpoint has no effect while meta.load_checkpoint is false, in the reference neither');
  }
  const processes = Number(tree.nodes ?? 1) * Number(tree.tasks_per_node ?? 1);
  if (processes > 1 && (isWritten('nodes') || isWritten('tasks_per_node'))) {
    const batch = 'eval_name' in tree ? 'optimization.batch_size' : 'data.batch_size';
    notes.push(`nodes and tasks_per_node describe ${processes} processes; this run is one, so its batch is ${batch}`);
  }
  return notes;
}
