import type { HostPlace } from './host-place.js';
import { chosenPort, integerVariable, localPlace, readVariable, requireVariable } from './read-variable.js';

/**
 * What torchrun says. Where its agent keeps a store (TORCHELASTIC_USE_AGENT_STORE), the store has MASTER_PORT, and the
 * coordinator takes the next one.
 */
export function torchrunPlace(env: NodeJS.ProcessEnv): HostPlace | undefined {
  if (readVariable(env, 'RANK') === undefined || readVariable(env, 'WORLD_SIZE') === undefined) return undefined;
  const because = 'RANK and WORLD_SIZE are';
  const count = integerVariable(env, 'WORLD_SIZE', { least: 1, most: 100_000, because });
  const index = integerVariable(env, 'RANK', { least: 0, most: count - 1, because });
  // A process that is alone needs no address.
  if (count === 1) return { index, count, coordinator: '', source: 'torchrun' };
  const address = requireVariable(env, 'MASTER_ADDR', because);
  const port = chosenPort(env) ?? storePort(env, because);
  const local = localPlace(env, 'LOCAL_RANK', 'LOCAL_WORLD_SIZE');
  return { index, count, coordinator: joined(address, port), ...local, source: 'torchrun' };
}

function storePort(env: NodeJS.ProcessEnv, because: string): number {
  const port = integerVariable(env, 'MASTER_PORT', { least: 1, most: 65534, because });
  return readVariable(env, 'TORCHELASTIC_USE_AGENT_STORE')?.toLowerCase() === 'true' ? port + 1 : port;
}

function joined(address: string, port: number): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]:${port}` : `${address}:${port}`;
}
