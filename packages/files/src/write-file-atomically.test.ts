import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFileAtomically } from './write-file-atomically.js';

const scratch = mkdtempSync(join(tmpdir(), 'vjepa-files-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('writeFileAtomically', () => {
  it('writes text, bytes, and bytes that come in pieces', () => {
    const path = join(scratch, 'file');
    writeFileAtomically(path, 'é\n');
    expect(readFileSync(path, 'utf8')).toBe('é\n');
    writeFileAtomically(path, [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)]);
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  });

  it('leaves what was there, and nothing else, when the content fails half-way', () => {
    const path = join(scratch, 'kept');
    writeFileAtomically(path, 'old');
    const failing = function* () {
      yield Uint8Array.of(1);
      throw new Error('no more');
    };
    expect(() => writeFileAtomically(path, failing())).toThrow('no more');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(scratch).filter((name) => name.startsWith('kept'))).toEqual(['kept']);
  });

  it('passes on the error of the system', () => {
    expect(() => writeFileAtomically(join(scratch, 'none', 'file'), '')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});
