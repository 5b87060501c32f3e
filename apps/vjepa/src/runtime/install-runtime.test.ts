import { Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { progressBar } from './install-runtime.js';

/** What is written while a file of 900 MB is unpacked, megabyte by megabyte. */
function written(isTTY: true | undefined): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const progress = progressBar(Object.assign(stream, { isTTY }) as unknown as NodeJS.WriteStream);
  for (let bytes = 0; bytes <= 900e6; bytes += 1e6) {
    progress.show({ stage: 'unpack', item: 'libtensorflow_cc.so.2', bytes, totalBytes: 900e6 });
  }
  progress.end();
  return text;
}

it('is a line for each stage where there is no terminal, and says how far it is where there is one', () => {
  vi.stubEnv('CI', '');
  vi.stubEnv('TERM', 'xterm');
  expect(written(undefined)).toBe('unpacking libtensorflow_cc.so.2\n');
  expect(written(true)).toContain('450 of 900 MB');
  vi.stubEnv('CI', 'true');
  expect(written(true)).toBe('unpacking libtensorflow_cc.so.2\n');
  vi.unstubAllEnvs();
});
