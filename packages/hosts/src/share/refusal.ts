import { createHash, timingSafeEqual } from 'node:crypto';
import { HostsError, type HostsErrorCode } from '../hosts-error.js';
import type { ToCoordinator } from './message.js';

/** How a host asks to be taken in. */
export type JoinMessage = Extract<ToCoordinator, { type: 'join' }>;

interface Refusal {
  error: HostsError;
  /** Whether another attempt may succeed. */
  again: boolean;
  /** Whether the run cannot become whole without that process. */
  endsAll: boolean;
}

interface JoinedRun {
  count: number;
  version: string;
  token: string;
  peer: string;
  /** Who has that index. */
  present: string | undefined;
  broken: HostsError | undefined;
}

/** Why a process is not taken in; undefined where it is. */
export function refusalOf(join: JoinMessage, run: JoinedRun): Refusal | undefined {
  const { index, count, version, token } = join;
  const who = `host ${index} at ${run.peer}`;
  const refuse = (code: HostsErrorCode, wrong: Partial<HostsError>, { again = false, endsAll = false } = {}) => ({
    error: new HostsError({ ...wrong, code, subject: wrong.subject ?? who, host: index }),
    again,
    endsAll,
  });
  if (!sameToken(token, run.token)) {
    return refuse('refused', {
      subject: `a process at ${run.peer}`,
      problem: 'has another VJEPA_HOSTS_TOKEN than host 0, so it is not of this run',
      remedy: 'give all hosts the same, or choose another port for the other run',
    });
  }
  if (version !== run.version) {
    const expected = `@vjepa/hosts ${run.version}, as host 0 has`;
    return refuse(
      'refused',
      { expected, found: version, remedy: 'install the same version everywhere' },
      { endsAll: true },
    );
  }
  if (count !== run.count) {
    const expected = `${run.count} hosts, as host 0 does`;
    return refuse(
      'refused',
      { expected, found: `${count}`, remedy: 'start all hosts with the same count' },
      { endsAll: true },
    );
  }
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    return refuse('refused', {
      expected: `an index from 0 to ${count - 1}`,
      found: `${index}`,
      remedy: 'number hosts from 0',
    });
  }
  if (run.broken !== undefined) {
    return refuse(
      'refused',
      { problem: `the run at this port has just ended (${run.broken.message})` },
      { again: true },
    );
  }
  if (run.present !== undefined) {
    return refuse('refused', {
      problem: `the index is taken by ${run.present}`,
      remedy: 'give every process an index of its own, or end what is left of an earlier run',
    });
  }
  return undefined;
}

function sameToken(a: string, b: string): boolean {
  const [digestA, digestB] = [a, b].map((token) => createHash('sha256').update(String(token)).digest());
  return timingSafeEqual(digestA!, digestB!);
}
