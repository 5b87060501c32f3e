import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { OnProgress } from '@vjepa/engine';
import { InstallError } from './install-error.js';
import { withLock } from './install-lock.js';
import { unpackTarGz } from './unpack-tar.js';
import { unpackWheel } from './unpack-wheel.js';

/** A downloaded archive, and where its files go in the engine's folder; undefined for those that stay out. */
export interface Archive {
  path: string;
  sha256: string;
  select: (name: string) => string | undefined;
}

/** An engine that is to be installed into a folder of a cache, and how it is told whole from absent. */
interface Installation<Location, A extends Archive = Archive> {
  /** What it is, e.g. `TensorFlow`. */
  title: string;
  /** The cache, and the engine's own folder in it. */
  folder: string;
  name: string;
  /** The engine, where it is there and nothing of it is missing. */
  whole: () => Location | undefined;
  /** Fetches its archives into a folder. */
  download: (downloads: string) => Promise<A[]>;
  /** Whether what was unpacked into a folder is one; else the error says what is missing. */
  holdsEngine: (folder: string) => boolean;
  /** What an engine is made of, e.g. `libtensorflow`. */
  library: string;
  /** The file that is written as the last thing, so that a folder without it is no engine. */
  manifest: { file: string; content: (archives: readonly A[]) => object };
  onProgress: OnProgress;
}

const PARTIAL = '.partial-';

/**
 * Installs an engine, unless it is there already. Downloads are checked, unpacked beside their place and moved there in
 * one step: an engine is either whole or absent. Several processes may ask at once; one installs.
 *
 * @throws InstallError what could not be unpacked, or read back
 */
export async function installArchives<Location, A extends Archive>(
  installation: Installation<Location, A>,
): Promise<Location> {
  const { folder, name, whole, download, onProgress } = installation;
  const present = whole();
  if (present) return present;
  return withLock(
    join(folder, 'install.lock'),
    async () => {
      const installedMeanwhile = whole();
      if (installedMeanwhile) return installedMeanwhile;
      await removeLeftovers(folder);
      const downloads = join(folder, 'downloads');
      await unpackEngine(join(folder, name), await download(downloads), installation);
      await rm(downloads, { recursive: true, force: true });
      const location = whole();
      if (location) return location;
      throw new InstallError(`${join(folder, name)} was installed but cannot be read back`);
    },
    { onWait: () => onProgress({ stage: 'wait', item: folder, bytes: 0 }) },
  );
}

/** Unpacks archives into a folder of their own, and moves that to `engine` once it is whole. */
async function unpackEngine<Location, A extends Archive>(
  engine: string,
  archives: A[],
  { title, library, holdsEngine, manifest, onProgress }: Installation<Location, A>,
): Promise<void> {
  const partial = await mkdtemp(join(dirname(engine), PARTIAL));
  try {
    for (const { path, select } of archives) {
      const unpack = path.endsWith('.whl') ? unpackWheel : unpackTarGz;
      const onBytes = (item: string, bytes: number, totalBytes?: number) =>
        onProgress({ stage: 'unpack', item, bytes, ...(totalBytes !== undefined && { totalBytes }) });
      await unpack(path, { folder: partial, select, onBytes });
    }
    if (!holdsEngine(partial)) {
      throw new Error(`${archives.map(({ path }) => basename(path)).join(', ')} holds no ${library}`);
    }
    await writeFile(join(partial, manifest.file), `${JSON.stringify(manifest.content(archives), null, 2)}\n`);
    await rm(engine, { recursive: true, force: true });
    await rename(partial, engine);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    // Damaged archives must not be taken up by the next installation; a full disk damages none.
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') for (const { path } of archives) await rm(path, { force: true });
    throw new InstallError(`${title} could not be unpacked: ${(cause as Error).message}`, { cause });
  }
}

/** What installations that were killed left behind. Called under the lock: nobody else is unpacking. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(PARTIAL)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Names and checksums of archives, as manifests keep them. */
export function archiveSums(archives: readonly Archive[]): { name: string; sha256: string }[] {
  return archives.map(({ path, sha256 }) => ({ name: basename(path), sha256 }));
}
