/** One thing the doctor looked at. */
export interface Finding {
  /** What was looked at, in a word or two. */
  name: string;
  /** `ok`: as it should be; `note`: works, could be better; `problem`: a run will not work. */
  status: 'ok' | 'note' | 'problem';
  /** What was found. */
  detail: string;
  /** The command or change that mends it. */
  remedy?: string;
  /** What was measured, for `--json`. */
  numbers?: Record<string, number>;
}

export function ok(name: string, detail: string): Finding {
  return { name, status: 'ok', detail };
}

export function note(name: string, detail: string, remedy?: string): Finding {
  return { name, status: 'note', detail, ...(remedy === undefined ? {} : { remedy }) };
}

export function problem(name: string, detail: string, remedy: string): Finding {
  return { name, status: 'problem', detail, remedy };
}

/** Bytes as GiB for people, less than one as MiB. */
export function gib(bytes: number): string {
  if (bytes < 2 ** 30) return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
