import { readFileSync } from 'node:fs';
import { leafDifferences } from './leaves.js';

/**
 * What a run was asked for, as its folder keeps it. Opaque to whoever runs: a program whose settings are a file of
 * another form hands that in.
 */
export interface RunRecord {
  /** Its name in the run's folder. */
  readonly file: string;
  /** Its content, defaults filled in. */
  readonly text: string;
  /** What checkpoints keep of it; must survive JSON. */
  readonly inCheckpoints: Readonly<Record<string, unknown>>;
  /** Which kind of run a record in a folder tells of, such as `pretraining`. */
  kindOf(path: string): string;
  /** In what these settings differ from those of a record in a folder, as `key: old -> new`. */
  differencesFrom(path: string): string[];
}

/** Settings of a run as JSON, in `settings.json`. */
export function settingsRecord(kind: string, settings: object): RunRecord {
  const now: unknown = JSON.parse(JSON.stringify(settings));
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as { kind?: string; settings?: unknown };
  return {
    file: 'settings.json',
    text: `${JSON.stringify({ kind, settings: now }, null, 2)}\n`,
    inCheckpoints: { settings: now },
    kindOf: (path) => String(read(path).kind),
    differencesFrom: (path) => leafDifferences(read(path).settings ?? {}, now),
  };
}
