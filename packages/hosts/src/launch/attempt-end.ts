import { HOST_LOST_EXIT_CODE } from '../hosts-error.js';

/** How a host ended. */
export interface HostEnd {
  index: number;
  code: number;
}

/** What came of one attempt. */
export interface AttemptEnd {
  /** With what launch ends if it ends now. */
  code: number;
  /** Whether all may be started again. */
  again: boolean;
  /** For people; undefined where all went well. */
  cause: string | undefined;
}

/**
 * What came of an attempt, of all ends in the order in which they came. The first that is not the consequence of
 * another's (75) decides: a host that died is a reason to start again, an error of its own is not. What ends later
 * with an error may do so because a host has died.
 */
export function attemptEnd(ends: readonly HostEnd[]): AttemptEnd {
  const wrong = ends.filter(({ code }) => code !== 0);
  const first = wrong.find(({ code }) => code !== HOST_LOST_EXIT_CODE) ?? wrong[0];
  if (first === undefined) return { code: 0, again: false, cause: undefined };
  const { index, code } = first;
  if (code === HOST_LOST_EXIT_CODE) return { code, again: true, cause: `host ${index} lost another (code ${code})` };
  if (code === 255) return { code, again: true, cause: `host ${index} ended (code 255, or ssh lost it)` };
  if (code >= 128) return { code, again: true, cause: `host ${index} died (signal ${code - 128})` };
  return { code, again: false, cause: `host ${index} ended with code ${code}` };
}
