import { describe } from 'vitest';
import { findPlugin } from './locate.js';
import { openPlugin } from './open-plugin.js';
import type { Plugin } from './pjrt/plugin.js';

const found = findPlugin({ kind: 'cpu' });
if (found === undefined) console.warn("XLA's plug-in for CPUs is not installed: tests that need it are skipped");

/** `describe` for tests that need XLA's plug-in for CPUs; they are skipped, with a message, where there is none. */
export function describeWithCpuPlugin(name: string, tests: () => void): void {
  describe.skipIf(found === undefined)(name, tests);
}

/** The plug-in for CPUs, with counts of its own of what is alive. */
export function cpuPlugin(): Plugin {
  return openPlugin(found!);
}
