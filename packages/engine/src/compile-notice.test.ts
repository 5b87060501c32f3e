import { expect, it } from 'vitest';
import { compileNotice } from './compile-notice.js';

it('an engine that compiles says so before, and about how long it will take', () => {
  expect(compileNotice({ backend: 'tensorflow', compiled: true }, 'the training step', 6)).toBe(
    'compiling the training step of 6 blocks, about 3 s where nobody else computes',
  );
  expect(compileNotice({ backend: 'tensorflow', compiled: true }, 'the training step', 36)).toMatch(/about 10 s where/);
  expect(compileNotice({ backend: 'wasm', compiled: false }, 'the training step', 36)).toBe(undefined);
  expect(compileNotice({ backend: 'xla', compiled: true }, 'the encoder', 24)).toBe(
    'compiling the encoder of 24 blocks; by XLA this may take minutes',
  );
});
