import type { EngineOptions } from './engine.js';

/** The option that an {@link EngineError} is about. */
export type EngineSetting = keyof EngineOptions;

/** What kind of thing an {@link EngineError} says, for programs to act on. */
export type EngineErrorCode =
  /** What was asked for is not there, or does not start. */
  | 'unavailable'
  /** Another setting speaks against it: `other`. */
  | 'conflict'
  /** A batch that the devices cannot share equally. */
  | 'uneven-batch';

interface EngineErrorDetails {
  code: EngineErrorCode;
  /** Which option is refused. */
  setting: EngineSetting;
  found: unknown;
  /** Why, for a sentence that goes on. */
  reason: string;
  /** Of a conflict: the option that speaks against it. */
  other?: { setting: EngineSetting; found: unknown };
  /** Of an uneven batch: its samples. */
  batchSize?: number;
  remedy?: string;
  cause?: unknown;
}

/** An engine that cannot be had as it was asked for: which option, why, and the remedy. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  readonly setting: EngineSetting;
  readonly found: unknown;
  readonly reason: string;
  readonly other: { setting: EngineSetting; found: unknown } | undefined;
  readonly batchSize: number | undefined;
  readonly remedy: string | undefined;

  constructor({ cause, ...details }: EngineErrorDetails) {
    super(messageOf(details), cause === undefined ? undefined : { cause });
    this.name = 'EngineError';
    this.code = details.code;
    this.setting = details.setting;
    this.found = details.found;
    this.reason = details.reason;
    this.other = details.other;
    this.batchSize = details.batchSize;
    this.remedy = details.remedy;
  }
}

function messageOf({ setting, found, reason, other, remedy }: EngineErrorDetails): string {
  const against = other === undefined ? '' : `${nameOf(other.setting, other.found)} `;
  return `${nameOf(setting, found)}: ${against}${reason}${remedy === undefined ? '' : `; ${remedy}`}`;
}

/** E.g. `device 'gpu'`, `devices [0, 7]`, `eager`. */
function nameOf(setting: EngineSetting, found: unknown): string {
  if (found === true || found === undefined) return setting;
  if (typeof found === 'string') return `${setting} '${found}'`;
  return `${setting} ${Array.isArray(found) ? `[${found.join(', ')}]` : String(found)}`;
}
