import type { StatusName } from '@vjepa/engine';
import { statusName } from '@vjepa/native';
import type { PluginKind } from './plugin-kind.js';

/**
 * What kind of thing an {@link XlaError} says: PJRT's own codes (which are Abseil's), and this package's:
 *
 * - `not-installed`: there is no plug-in where one was looked for;
 * - `not-loadable`: the system refuses to load the library, or it is no PJRT plug-in;
 * - `wrong-version`: the plug-in speaks another version of PJRT than this package does;
 * - `no-driver`: the plug-in's devices need a driver that is missing or too old;
 * - `disposed`: what was asked was disposed of, or given up, before;
 * - `install-failed`: a plug-in could not be fetched.
 */
export type XlaErrorCode =
  | StatusName
  | 'not-installed'
  | 'not-loadable'
  | 'wrong-version'
  | 'no-driver'
  | 'disposed'
  | 'install-failed';

/**
 * Whatever XLA, or finding, installing or loading a plug-in of it, can refuse. `code` says what kind of refusal it was;
 * the message is PJRT's own where PJRT refused, and else names the thing, what was found and the remedy.
 */
export class XlaError extends Error {
  override readonly name = 'XlaError';
  readonly code: XlaErrorCode;
  /** Of `not-installed`: the plug-in to install, where one fits this machine. */
  readonly recommended: PluginKind | undefined;

  constructor(
    code: XlaErrorCode,
    message: string,
    { recommended, ...options }: ErrorOptions & { recommended?: PluginKind | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.recommended = recommended;
  }

  /** The error that a status of PJRT's stands for. */
  static fromStatus(status: number, message: string): XlaError {
    return new XlaError(statusName(status), message);
  }
}
