import type { StatusName } from '@vjepa/engine';
import { statusName } from '@vjepa/native';

/** What kind of thing a {@link TensorFlowError} says: TensorFlow's own codes, and this package's. */
export type TensorFlowErrorCode = StatusName | 'not-installed' | 'not-loadable' | 'no-gpu' | 'install-failed';

/**
 * Whatever TensorFlow, or finding, installing or loading it, can refuse. `code` says what kind of refusal it was;
 * the message names the thing, what was found and the remedy.
 */
export class TensorFlowError extends Error {
  override readonly name = 'TensorFlowError';
  readonly code: TensorFlowErrorCode;

  constructor(code: TensorFlowErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The error a status of TensorFlow's C API stands for. */
  static fromStatus(status: number, message: string): TensorFlowError {
    return new TensorFlowError(statusName(status), message);
  }
}
