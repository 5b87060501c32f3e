import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, describe, expect, it } from 'vitest';
import { openPlugin } from './open-plugin.js';

const folder = temporaryFolder('open-plugin');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('opening a plug-in', () => {
  it('says what the kind needs besides, where the system refuses it', () => {
    const path = join(folder, 'plugin/xla_rocm_plugin.so');
    mkdirSync(join(folder, 'plugin'));
    writeFileSync(path, 'no library');
    const open = (kind: 'rocm' | undefined) => () => openPlugin({ path, source: 'cache', kind });
    const needs = "; it needs AMD's ROCm 7, in /opt/rocm or where LD_LIBRARY_PATH leads";
    expect(open('rocm')).toThrow(
      expect.objectContaining({ code: 'not-loadable', message: expect.stringContaining(needs) }),
    );
    expect(open(undefined)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('ROCm') }));
  });
});
