/** What went wrong between hosts, in a form a program can act on. */
export type HostsErrorCode =
  /** Environment variables or options that do not fit each other. */
  | 'settings'
  /** The coordinator's port is taken by another process. */
  | 'port-in-use'
  /** The hosts did not all come together in time. */
  | 'unreachable'
  /** The coordinator refused this process: another version, count, index or token. */
  | 'refused'
  /** Another host died, or ended without leaving. The run may be started again. */
  | 'host-lost'
  /** Another host ended by an error of its own, which the message quotes. */
  | 'host-failed'
  /** Hosts gathered different things, or one left while others gathered. */
  | 'out-of-step'
  /** A key was not set in time. */
  | 'no-value'
  /** A message above 64 MB. */
  | 'too-large'
  /** Called after `leave` or `fail`. */
  | 'left';

/** With what a process ends when another host was lost: EX_TEMPFAIL of sysexits.h, which `launch` starts again. */
export const HOST_LOST_EXIT_CODE = 75;

/** What a `HostsError` says. */
export interface HostsProblem {
  code: HostsErrorCode;
  /** The variable, the host or the key that it is about. */
  subject: string;
  problem?: string | undefined;
  expected?: string | undefined;
  found?: string | undefined;
  remedy?: string | undefined;
  /** The host that it is about, where it is about one. */
  host?: number | undefined;
}

/** An error of the share of a run: `subject: problem; remedy`, or `subject: expected …, found …; remedy`. */
export class HostsError extends Error {
  override readonly name = 'HostsError';
  readonly code: HostsErrorCode;
  readonly subject: string;
  readonly problem: string | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly remedy: string | undefined;
  readonly host: number | undefined;

  constructor({ code, subject, problem, expected, found, remedy, host }: HostsProblem) {
    const wrong = problem ?? `expected ${expected}${found === undefined ? '' : `, found ${found}`}`;
    super(`${subject}: ${wrong}${remedy === undefined ? '' : `; ${remedy}`}`);
    this.code = code;
    this.subject = subject;
    this.problem = problem;
    this.expected = expected;
    this.found = found;
    this.remedy = remedy;
    this.host = host;
  }

  /** With what the process is to end: 75 where another host was lost, so that `launch` starts all again, else 1. */
  get exitCode(): number {
    return this.code === 'host-lost' ? HOST_LOST_EXIT_CODE : 1;
  }

  /** The plain form in which it travels between threads and hosts. */
  toProblem(): HostsProblem {
    const { code, subject, problem, expected, found, remedy, host } = this;
    return { code, subject, problem, expected, found, remedy, host };
  }
}
