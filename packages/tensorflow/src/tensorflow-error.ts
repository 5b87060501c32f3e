/** TensorFlow's status codes (`TF_Code` of tf_status.h), which are gRPC's. */
const CODES = [
  'ok',
  'cancelled',
  'unknown',
  'invalid-argument',
  'deadline-exceeded',
  'not-found',
  'already-exists',
  'permission-denied',
  'resource-exhausted',
  'failed-precondition',
  'aborted',
  'out-of-range',
  'unimplemented',
  'internal',
  'unavailable',
  'data-loss',
  'unauthenticated',
] as const;

/** What kind of thing a {@link TensorFlowError} says: TensorFlow's own codes, and this package's. */
export type TensorFlowErrorCode =
  | (typeof CODES)[number]
  | 'not-installed'
  | 'not-loadable'
  | 'no-gpu'
  | 'install-failed';

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
    return new TensorFlowError(CODES[status] ?? 'unknown', message);
  }
}
