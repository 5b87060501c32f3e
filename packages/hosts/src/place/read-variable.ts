import { HostsError } from '../hosts-error.js';

/** What a variable holds; undefined where it is unset or empty. */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** A variable that others need. */
export function requireVariable(env: NodeJS.ProcessEnv, name: string, because: string): string {
  const value = readVariable(env, name);
  if (value !== undefined) return value;
  throw new HostsError({
    code: 'settings',
    subject: name,
    problem: `is not set, though ${because}`,
    remedy: `set it, or unset what makes this process one of several`,
  });
}

/** A variable that is a whole number of a range. */
export function integerVariable(
  env: NodeJS.ProcessEnv,
  name: string,
  { least, most, because }: { least: number; most: number; because: string },
): number {
  const text = requireVariable(env, name, because);
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new HostsError({
    code: 'settings',
    subject: name,
    expected:
      most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`,
    found: JSON.stringify(text),
    remedy: 'set it anew, on every host',
  });
}

/** The same where it may be left out. */
export function optionalInteger(env: NodeJS.ProcessEnv, name: string): number | undefined {
  if (readVariable(env, name) === undefined) return undefined;
  return integerVariable(env, name, { least: 0, most: Number.MAX_SAFE_INTEGER, because: '' });
}

/** `localIndex` and `localCount` where both are known. */
export function localPlace(
  env: NodeJS.ProcessEnv,
  index: string,
  count: string,
): { localIndex: number; localCount: number } | undefined {
  const [localIndex, localCount] = [optionalInteger(env, index), optionalInteger(env, count)];
  return localIndex === undefined || localCount === undefined ? undefined : { localIndex, localCount };
}

/** The port of the coordinator that VJEPA_HOSTS_PORT chooses. */
export function chosenPort(env: NodeJS.ProcessEnv): number | undefined {
  if (readVariable(env, 'VJEPA_HOSTS_PORT') === undefined) return undefined;
  return integerVariable(env, 'VJEPA_HOSTS_PORT', { least: 1, most: 65535, because: '' });
}
