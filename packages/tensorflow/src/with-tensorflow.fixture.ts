import { describe } from 'vitest';
import { findTensorFlow } from './locate.js';

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

/** `describe` for tests that need TensorFlow's library; they are skipped, with a message, where there is none. */
export function describeWithTensorFlow(name: string, tests: () => void): void {
  describe.skipIf(found === undefined)(name, tests);
}
