import { modelVersion, readStateDict, type StateDict, type VersionEvidence } from '@vjepa/checkpoints';
import type { ModelVersion } from '@vjepa/vit';
import { architectureName } from './describe-architecture.js';
import { isMissingModel, otherVersion } from './unfit-checkpoint.js';

/** Which V-JEPA is asked for. */
export interface AskedVersion {
  version: ModelVersion;
  /** Whether it is said in so many words, and not by the name or the configuration of a model: a likeness is no objection. */
  insisted: boolean;
}

const VERSIONS: Readonly<Record<VersionEvidence['version'], ModelVersion>> = {
  'V-JEPA': '1',
  'V-JEPA 2': '2',
  'V-JEPA 2.1': '2.1',
};

/** Which V-JEPA an encoder is of. */
export interface DecidedVersion {
  version: ModelVersion;
  /** On less than the encoder's structure, where nobody had asked for it: on what, in words. */
  doubt?: string | undefined;
}

/**
 * Which V-JEPA the encoder in a file is of: what was asked for, if nothing in the file speaks against it; else what
 * tensors tell, those of a predictor in the same file included; and where they do not, V-JEPA, which reads the position
 * table that the encoder has.
 *
 * @throws InputError when it is another than the one asked for
 */
export async function versionOfFile(
  path: string,
  stored: StateDict,
  asked: AskedVersion | undefined,
): Promise<DecidedVersion> {
  const found = await evidence(path, stored);
  if (found === undefined) {
    if (asked?.version === '2.1') throw otherVersion(path, stored.tensors, NEITHER_21, asked.version);
    return asked ?? { version: '1', doubt: undecided(stored) };
  }
  const { certain, ground } = found;
  const version = VERSIONS[found.version];
  if (asked === undefined) return certain ? { version } : { version, doubt: `read as ${found.version}: ${ground}` };
  if (asked.version === version || (asked.insisted && asked.version !== '2.1' && !certain)) return asked;
  throw otherVersion(path, stored.tensors, { version, ground }, asked.version);
}

/** A table and nothing of 2.1's own. */
const NEITHER_21 = { version: '1', ground: 'it has one embedding and one norm' } as const;

function undecided({ tensors }: StateDict): string {
  const name = architectureName(tensors, '2');
  return (
    'read as V-JEPA: it has a position table, which files of V-JEPA 2 may carry unread; if it is one of those, name ' +
    (name === undefined ? 'a model of V-JEPA 2' : `the model ${name}`)
  );
}

/** What an encoder's structure tells, else a predictor beside it, else the encoder's likeness to a published one. */
async function evidence(path: string, stored: StateDict): Promise<VersionEvidence | undefined> {
  const own = modelVersion(stored.tensors);
  if (own?.certain || stored.key === undefined) return own;
  try {
    const { tensors, close } = await readStateDict(path, 'predictor');
    await close();
    return modelVersion(tensors) ?? own;
  } catch (error) {
    if (isMissingModel(error)) return own;
    throw error;
  }
}
