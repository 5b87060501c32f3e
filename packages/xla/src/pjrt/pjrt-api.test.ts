import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, loadKoffi } from '@vjepa/native';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { CStruct } from './c-struct.js';
import { PjrtApi } from './pjrt-api.js';
import { Plugin } from './plugin.js';

/** A `PJRT_Api` of a version, with no function in its table. */
function apiOf(major: number, minor: number): ArrayBuffer {
  const memory = new ArrayBuffer(40);
  const fields = {
    struct_size: 'size',
    extension: 'pointer',
    size: 'size',
    next: 'pointer',
    major: 'int',
    minor: 'int',
  } as const;
  new CStruct(fields, { struct_size: 40, size: 24, major, minor }, memory);
  return memory;
}

function open(major: number, minor: number, untestedVersion = false): PjrtApi {
  const memory = apiOf(major, minor);
  return new PjrtApi(loadKoffi(), '/plugins/some.so', addressOf(memory), { untestedVersion });
}

describe("a plug-in's version", () => {
  it('is what it says', () => {
    expect(open(0, 116).version).toEqual({ major: 0, minor: 116 });
  });

  it('is refused in one error where it is another, with what helps', () => {
    expect(() => open(0, 70)).toThrow(
      expect.objectContaining({
        code: 'wrong-version',
        message:
          "/plugins/some.so speaks version 0.70 of PJRT's C API, and this package 0.112 to 0.116; a newer plug-in helps",
      }),
    );
    expect(() => open(0, 140)).toThrow('a newer version of this package, or an older plug-in helps');
    expect(() => open(1, 0, true)).toThrow(/speaks version 1\.0 /);
  });

  it('may be a newer minor one where that is asked for', () => {
    expect(open(0, 140, true).version.minor).toBe(140);
  });

  it('names a function that a plug-in does not have', () => {
    expect(() => open(0, 116).call('PJRT_Client_Create', {})).toThrow('/plugins/some.so has no PJRT_Client_Create');
  });
});

describe('loading a plug-in', () => {
  it('says where there is none', () => {
    expect(() => Plugin.load('/nowhere/plugin.so')).toThrow(
      expect.objectContaining({ code: 'not-installed', message: expect.stringContaining('/nowhere/plugin.so') }),
    );
  });

  it("says why the system refuses a library, in the system's words", () => {
    const path = join(temporaryFolder('plugin'), 'plugin.so');
    writeFileSync(path, 'no library');
    expect(() => Plugin.load(path)).toThrow(
      expect.objectContaining({
        code: 'not-loadable',
        message: expect.stringMatching(/plugin\.so: .*(too short|header)/),
      }),
    );
  });

  it.skipIf(process.platform !== 'linux')('says that a library is no plug-in', () => {
    const libc = process.report.getReport() as unknown as { sharedObjects: string[] };
    const path = libc.sharedObjects.find((file) => /libc\.so/.test(file))!;
    expect(() => Plugin.load(path)).toThrow(
      expect.objectContaining({
        code: 'not-loadable',
        message: `${path} is no plug-in of XLA: it exports no GetPjrtApi`,
      }),
    );
  });
});
