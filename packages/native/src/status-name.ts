import type { StatusName } from '@vjepa/engine';

/** The codes of a status by number, as gRPC (`google.rpc.Code`), Abseil, TensorFlow's `TF_Code` and PJRT number them. */
const NAMES: readonly StatusName[] = [
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
];

/** The name of a status's code; a code that nobody knows is `unknown`. */
export function statusName(code: number): StatusName {
  return NAMES[code] ?? 'unknown';
}
