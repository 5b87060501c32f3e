import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withoutChatter } from './without-chatter.js';

const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;

afterEach(() => vi.restoreAllMocks());

/** Writes to standard error as a library written in C does. */
function say(text: string): void {
  const write = koffi.load(null).func('write', 'int', ['int', 'str', 'size_t']);
  write(2, text, text.length);
}

describe.skipIf(process.platform === 'win32')('withoutChatter', () => {
  it('passes over what TensorFlow says of itself while it is loaded, and nothing else', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const result = withoutChatter(koffi, () => {
      say('WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n');
      say('I0000 00:00:1795955438.102952   14481 port.cc:153] oneDNN custom operations are on.\n');
      say('E0000 00:00:1795955438.102952   14481 cuda.cc:1] trouble\n');
      return 7;
    });
    expect(result).toBe(7);
    expect(written.mock.calls).toEqual([['E0000 00:00:1795955438.102952   14481 cuda.cc:1] trouble\n']]);
  });

  it('gives standard error back, also after an error', () => {
    const opened = () => Number(koffi.load(null).func('dup', 'int', ['int'])(2));
    const before = opened();
    expect(() =>
      withoutChatter(koffi, () => {
        throw new Error('cannot be loaded');
      }),
    ).toThrow('cannot be loaded');
    // The next free number is the next one: no file was left open.
    expect(opened()).toBe(before + 1);
  });
});
