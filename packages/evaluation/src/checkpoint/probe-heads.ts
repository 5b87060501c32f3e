import { type CheckpointValue, openCheckpoint } from '@vjepa/checkpoints';

/** The probes of an evaluation of V-JEPA 2, which trains many at once on the same features and keeps all in one file. */
export interface ProbeHeads {
  count: number;
  /** By the optimiser's own name, what the probes were told differently, such as learning rate and weight decay. */
  differences: ReadonlyMap<string, readonly number[]>;
}

/**
 * The probes that a file lists; undefined of a file that lists none, as those of one probe.
 *
 * @throws CheckpointError when the file cannot be read
 */
export async function probeHeads(path: string): Promise<ProbeHeads | undefined> {
  const { root, close } = await openCheckpoint(path);
  await close();
  const heads = entry(root, 'classifiers');
  return Array.isArray(heads) ? { count: heads.length, differences: differences(root, heads.length) } : undefined;
}

/** What a list holds and does not tell, such as `holds 20 probes that differ in lr (0.005, 0.003) and …`. */
export function describeHeads({ count, differences }: ProbeHeads): string {
  const settings = Array.from(differences, ([name, values]) => `${name} (${[...new Set(values)].join(', ')})`);
  const differ = settings.length === 0 ? '' : ` that were trained with different ${settings.join(' and ')},`;
  return `holds ${count} probes${differ} and nothing that says which did best`;
}

/** `opt` holds a state for each probe, with one group of parameters. */
function differences(root: CheckpointValue, count: number): Map<string, readonly number[]> {
  const states = entry(root, 'opt');
  const groups = Array.isArray(states) ? states.map((state) => firstOf(entry(state, 'param_groups'))) : [];
  const first = groups[0];
  if (groups.length !== count || !(first instanceof Map)) return new Map();
  const told = [...first.keys()].map((key) => [String(key), groups.map((group) => entry(group, key))] as const);
  return new Map(
    told.filter((setting): setting is readonly [string, number[]] => {
      const [, values] = setting;
      return values.every((value) => typeof value === 'number') && new Set(values).size > 1;
    }),
  );
}

function firstOf(value: CheckpointValue | undefined): CheckpointValue | undefined {
  return Array.isArray(value) ? value[0] : undefined;
}

function entry(value: CheckpointValue | undefined, key: unknown): CheckpointValue | undefined {
  return value instanceof Map ? (value as Map<unknown, CheckpointValue>).get(key) : undefined;
}
