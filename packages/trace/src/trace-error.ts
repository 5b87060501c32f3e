import { type Origin, userLine } from './origin.js';

/** Something a compiled function cannot hold. Names the operation and the line of user code that asked for it. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  /** The TensorFlow or TensorFlow.js operation at fault. */
  readonly operation: string;
  /** `file:line:column` in the user's code. */
  readonly line: string;

  constructor(operation: string, problem: string, origin: Origin, options?: ErrorOptions) {
    const line = userLine(origin);
    super(`${problem}\n  operation: ${operation}\n  called at: ${line}`, options);
    this.operation = operation;
    this.line = line;
  }
}
