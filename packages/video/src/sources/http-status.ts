import type { VideoErrorCode } from '../video-error.js';

/** What an answer that is not a success says of the file. */
export interface StatusFailure {
  code: VideoErrorCode;
  reason: string;
  /** How long the server asks to be left alone. */
  retryAfterMs?: number | undefined;
}

/** Asked too early or too often; and every 5xx but the two that say what the server will never do. */
const PASSING_4XX: ReadonlySet<number> = new Set([408, 421, 423, 425, 429]);
const LASTING_5XX: ReadonlySet<number> = new Set([501, 505]);

/**
 * The failure behind a status (RFC 9110, section 15; RFC 6585): `missing` (404, 410), `unavailable` where the same
 * request may succeed later, else `unreadable`.
 */
export function statusFailure({ status, statusText, headers }: Response): StatusFailure {
  const reason = `the server answered ${status} ${statusText}`.trim();
  if (status === 404 || status === 410) return { code: 'missing', reason };
  const passing = PASSING_4XX.has(status) || (status >= 500 && !LASTING_5XX.has(status));
  return passing
    ? { code: 'unavailable', reason, retryAfterMs: retryAfterMs(headers) }
    : { code: 'unreadable', reason };
}

/** `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is read by the server's own clock. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return 1000 * Number(value);
  const date = Date.parse(value);
  if (Number.isNaN(date)) return undefined;
  const serverTime = Date.parse(headers.get('date') ?? '');
  return Math.max(0, date - (Number.isNaN(serverTime) ? Date.now() : serverTime));
}
