import { HostsError } from '../hosts-error.js';
import type { HostPlace } from './host-place.js';
import { integerVariable, localPlace, readVariable, requireVariable } from './read-variable.js';

const NAMES = ['VJEPA_HOST_INDEX', 'VJEPA_HOST_COUNT', 'VJEPA_COORDINATOR'] as const;

/** What `vjepa launch` says, or whoever starts hosts by hand. */
export function ownPlace(env: NodeJS.ProcessEnv): HostPlace | undefined {
  const given = NAMES.find((name) => readVariable(env, name) !== undefined);
  if (given === undefined) return undefined;
  const because = `${given} is`;
  const count = integerVariable(env, 'VJEPA_HOST_COUNT', { least: 1, most: 100_000, because });
  const index = integerVariable(env, 'VJEPA_HOST_INDEX', { least: 0, most: count - 1, because });
  const coordinator = requireVariable(env, 'VJEPA_COORDINATOR', because);
  requireAddress(coordinator);
  const local = localPlace(env, 'VJEPA_LOCAL_INDEX', 'VJEPA_LOCAL_COUNT');
  return { index, count, coordinator, ...local, source: 'vjepa' };
}

function requireAddress(text: string): void {
  const port = Number(/^(?:\[[\da-fA-F:.%\w]+\]|[^\s:/]+):(\d{1,5})$/.exec(text)?.[1]);
  if (port >= 1 && port <= 65535) return;
  throw new HostsError({
    code: 'settings',
    subject: 'VJEPA_COORDINATOR',
    expected: 'address:port of host 0, such as 10.0.0.1:29500 or [fd00::1]:29500',
    found: JSON.stringify(text),
    remedy: 'set it anew, the same on every host',
  });
}
