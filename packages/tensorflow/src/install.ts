import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findLibraries } from './c-api.js';
import { cacheFolder } from './cache-folder.js';
import { archiveFile, engineFile, nvidiaFile } from './install/engine-files.js';
import { type EngineRelease, type EngineWheel, hostPlatform, RELEASE } from './install/engine-release.js';
import { downloadFile } from './install/http-download.js';
import { withLock } from './install/install-lock.js';
import type { OnProgress } from './install/install-progress.js';
import { nvidiaPlatforms, nvidiaRequirements } from './install/nvidia-requirements.js';
import { downloadWheel, findPip, type Pip } from './install/pip.js';
import { extractTarGz, inside } from './install/tar-archive.js';
import { extractZipEntry, listZip } from './install/zip-archive.js';
import { type EngineManifest, engineAt, MANIFEST, type TensorFlowLocation } from './locate.js';
import { TensorFlowError } from './tensorflow-error.js';

export interface InstallOptions {
  /** Installs the build for NVIDIA GPUs with the CUDA libraries it names: about 3 GB instead of 0.3 GB to download. */
  cuda?: boolean;
  onProgress?: OnProgress;
  /** Where engines are kept. Default: {@link cacheFolder}. */
  folder?: string;
}

const PARTIAL = '.partial-';

/** A downloaded archive, the TensorFlow it belongs to, and where its files go in the engine's folder; undefined for those that stay out. */
interface Archive {
  path: string;
  sha256: string;
  version: string;
  select: (name: string) => string | undefined;
}

interface Job {
  release: EngineRelease;
  cuda: boolean;
  /** The cache's folder for downloads. */
  downloads: string;
  onProgress: OnProgress;
}

/**
 * Installs TensorFlow's library into the user's cache, unless it is there already: from TensorFlow's own wheel through
 * pip where there is a pip, else from TensorFlow's archive of its C library over HTTPS (or the one at
 * `VJEPA_TENSORFLOW_URL`). Downloads are checked, unpacked beside their place and moved there in one step: an engine is
 * either whole or absent. Several processes may ask at once; one installs.
 *
 * @param release which TensorFlow; by default the pinned one this package is tested with
 * @throws TensorFlowError `install-failed` with every way that was tried and why it failed.
 */
export async function installTensorFlow(
  options: InstallOptions = {},
  release: EngineRelease = RELEASE,
): Promise<TensorFlowLocation> {
  const { cuda = false, folder = cacheFolder(), onProgress = () => {} } = options;
  const engine = join(folder, `${release.version}-${cuda ? 'cuda' : 'cpu'}-${hostPlatform()}`);
  const present = engineAt(engine);
  if (present) return present;
  return withLock(
    join(folder, 'install.lock'),
    async () => {
      const installedMeanwhile = engineAt(engine);
      if (installedMeanwhile) return installedMeanwhile;
      await removeLeftovers(folder);
      await requireSpace(folder, cuda ? 9e9 : 1.3e9);
      const job: Job = { release, cuda, downloads: join(folder, 'downloads'), onProgress };
      await unpackEngine(engine, await downloadArchives(job), job);
      await rm(job.downloads, { recursive: true, force: true });
      const location = engineAt(engine);
      if (location) return location;
      throw new TensorFlowError('install-failed', `${engine} was installed but cannot be read back`);
    },
    { onWait: () => onProgress({ stage: 'wait', item: folder, bytes: 0 }) },
  );
}

async function downloadArchives(job: Job): Promise<Archive[]> {
  const url = process.env.VJEPA_TENSORFLOW_URL;
  const ways: { name: string; take: () => Promise<Archive[]> }[] = [];
  if (url) {
    ways.push({ name: 'VJEPA_TENSORFLOW_URL', take: () => downloadByUrl(url, job) });
  } else {
    const wheel = job.release.wheel(job);
    const pip = await findPip();
    if (pip) ways.push({ name: 'pip', take: () => downloadWheels(pip, wheel, job) });
    ways.push({ name: "TensorFlow's archive", take: () => downloadByUrl(job.release.archiveUrl(job), job) });
  }
  const failures: string[] = [];
  for (const { name, take } of ways) {
    try {
      return await take();
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
  }
  throw new TensorFlowError(
    'install-failed',
    `TensorFlow ${job.release.version} could not be downloaded.\n${failures.map((failure) => `- ${failure}\n`).join('')}With a copy at hand, set ` +
      'VJEPA_TENSORFLOW_PATH to its folder, or VJEPA_TENSORFLOW_URL to where its archive or wheel is served.',
  );
}

async function downloadWheels(pip: Pip, wheel: EngineWheel, job: Job): Promise<Archive[]> {
  const { downloads, onProgress, release } = job;
  const request = {
    requirement: `${wheel.project}==${release.version}`,
    platforms: [wheel.platform],
    bytes: wheel.bytes,
  };
  const path = (await earlierDownload(wheel, job)) ?? (await downloadWheel(pip, request, downloads, onProgress));
  const sha256 = await checksum(path, onProgress);
  if (sha256 !== wheel.sha256) {
    await rm(path, { force: true });
    throw new Error(`${basename(path)} has the SHA-256 ${sha256}, expected ${wheel.sha256}; it was thrown away`);
  }
  const archives: Archive[] = [{ path, sha256, version: release.version, select: engineFile }];
  for (const requirement of job.cuda ? nvidiaRequirements(await wheelMetadata(path)) : []) {
    const nvidia = await downloadWheel(pip, { requirement, platforms: nvidiaPlatforms() }, downloads, onProgress);
    archives.push({
      path: nvidia,
      sha256: await checksum(nvidia, onProgress),
      version: release.version,
      select: nvidiaFile,
    });
  }
  return archives;
}

/** The wheel of an installation that broke off after its download. */
async function earlierDownload(
  { project, platform, sha256 }: EngineWheel,
  { downloads, release, onProgress }: Job,
): Promise<string | undefined> {
  const name = `${project.replace('-', '_')}-${release.version}-cp312-cp312-${platform}.whl`;
  const path = join(downloads, name);
  if (!existsSync(path)) return undefined;
  return (await checksum(path, onProgress)) === sha256 ? path : undefined;
}

async function downloadByUrl(url: string, { downloads, release, onProgress }: Job): Promise<Archive[]> {
  const path = await downloadFile(url, downloads, onProgress);
  const sha256 = await checksum(path, onProgress);
  const version = /\d+\.\d+\.\d+/.exec(new URL(url).pathname)?.[0] ?? release.version;
  return [{ path, sha256, version, select: path.endsWith('.whl') ? engineFile : archiveFile }];
}

async function wheelMetadata(path: string): Promise<string> {
  const entry = (await listZip(path)).find(({ name }) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  if (entry === undefined) throw new Error(`${path} has no METADATA`);
  const file = `${path}.metadata`;
  await extractZipEntry(path, entry, file);
  return readFile(file, 'utf8');
}

/** Unpacks archives into a folder of their own, and moves that to `engine` once it is whole. */
async function unpackEngine(engine: string, archives: Archive[], { release, cuda, onProgress }: Job): Promise<void> {
  const partial = await mkdtemp(join(dirname(engine), PARTIAL));
  try {
    for (const archive of archives) {
      if (archive.path.endsWith('.whl')) await unpackWheel(archive, partial, onProgress);
      else await unpackTar(archive, partial, onProgress);
    }
    if (
      ![join(partial, 'tensorflow'), join(partial, 'lib')].some((folder) => existsSync(folder) && findLibraries(folder))
    ) {
      throw new Error(`${archives.map(({ path }) => basename(path)).join(', ')} holds no libtensorflow`);
    }
    const manifest: EngineManifest = {
      version: archives[0]?.version ?? release.version,
      platform: hostPlatform(),
      cuda,
      archives: archives.map(({ path, sha256 }) => ({ name: basename(path), sha256 })),
    };
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(engine, { recursive: true, force: true });
    await rename(partial, engine);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    // Damaged archives must not be taken up by the next installation.
    for (const { path } of archives) await rm(path, { force: true });
    throw new TensorFlowError('install-failed', `TensorFlow could not be unpacked: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function unpackWheel({ path, select }: Archive, folder: string, onProgress: OnProgress): Promise<void> {
  const selected = (await listZip(path)).flatMap((entry) => {
    const destination = select(entry.name);
    return destination === undefined ? [] : [{ entry, destination: inside(folder, destination) }];
  });
  const totalBytes = selected.reduce((sum, { entry }) => sum + entry.bytes, 0);
  let bytes = 0;
  for (const { entry, destination } of selected) {
    await extractZipEntry(path, entry, destination, (written) => {
      bytes += written;
      onProgress({ stage: 'unpack', item: entry.name, bytes, totalBytes });
    });
  }
}

async function unpackTar({ path, select }: Archive, folder: string, onProgress: OnProgress): Promise<void> {
  let bytes = 0;
  let item = basename(path);
  await extractTarGz(
    path,
    ({ name }) => {
      const destination = select(name);
      if (destination !== undefined) item = name;
      return destination === undefined ? undefined : inside(folder, destination);
    },
    (written) => {
      bytes += written;
      onProgress({ stage: 'unpack', item, bytes });
    },
  );
}

async function checksum(path: string, onProgress: OnProgress): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    onProgress({ stage: 'verify', item: basename(path), bytes });
  }
  return hash.digest('hex');
}

/** What installations that were killed left behind. Called under the lock: nobody else is unpacking. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(PARTIAL)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map((size) => `${(size / 1e9).toFixed(1)} GB`);
  throw new TensorFlowError(
    'install-failed',
    `${folder} has ${free} free, and installing TensorFlow takes ${needed}; make room, or set VJEPA_CACHE to another disk`,
  );
}
