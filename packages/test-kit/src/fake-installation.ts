import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fakePython } from './fake-pip.js';
import { temporaryFolder } from './temporary-folder.js';

/** Where something is installed without a network: a cache to install into, and a pip that takes wheels from a folder. */
export function fakeInstallation(name: string) {
  const root = temporaryFolder(name);
  const wheels = join(root, 'wheels');
  mkdirSync(wheels);
  const python = fakePython(root, { wheels });
  return {
    root,
    folder: join(root, 'cache'),
    wheels,
    python,
    remove() {
      rmSync(root, { recursive: true, force: true });
      python.restore();
    },
  };
}
