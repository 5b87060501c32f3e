import { copyFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { cutOffLibrary } from './cut-off-library.js';
import { loadKoffi, openForGood } from './koffi.js';

const folder = temporaryFolder('cut-off');

/** A library that this process has loaded: koffi's own. */
function loadedLibrary(): string {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  return sharedObjects.find((path) => path.endsWith('koffi.node'))!;
}

describe.runIf(process.platform === 'linux')('a library that is cut off', () => {
  it('is named with the bytes that it has and lacks, instead of ending the process', () => {
    const koffi = loadKoffi();
    const path = join(folder, 'library.so');
    copyFileSync(loadedLibrary(), path);
    expect(cutOffLibrary(path)).toBeUndefined();
    const { size } = statSync(path);
    truncateSync(path, size - 1);
    const said = `the file is cut off: it has ${size - 1} bytes of at least `;
    expect(cutOffLibrary(path)).toContain(said);
    expect(openForGood(koffi, path)).toContain(said);
    truncateSync(path, 5000);
    expect(openForGood(koffi, path)).toContain('the file is cut off: it has 5000 bytes');
  });

  it('is not what another file is called', () => {
    const path = join(folder, 'text.so');
    writeFileSync(path, 'x'.repeat(100));
    expect(cutOffLibrary(path)).toBeUndefined();
    expect(cutOffLibrary(join(folder, 'nowhere.so'))).toBeUndefined();
    expect(cutOffLibrary(folder)).toBeUndefined();
  });
});
