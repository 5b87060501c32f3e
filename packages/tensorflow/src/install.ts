import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findLibraries } from './c-api.js';
import { cacheFolder } from './cache-folder.js';
import { NVIDIA_INSTALLED_BYTES } from './cuda/nvidia-wheels.js';
import { archiveFile, engineFile, nvidiaFile } from './install/engine-files.js';
import { type EngineRelease, hostPlatform, RELEASE } from './install/engine-release.js';
import { downloadFile } from './install/http-download.js';
import { withLock } from './install/install-lock.js';
import type { OnProgress } from './install/install-progress.js';
import { downloadWheel, findPip, type Pip } from './install/pip.js';
import { unpackTarGz } from './install/unpack-tar.js';
import { unpackWheel } from './install/unpack-wheel.js';
import { type EngineManifest, engineAt, MANIFEST, type TensorFlowLocation } from './locate.js';
import { TensorFlowError } from './tensorflow-error.js';

/** Which build is installed, where, and who is told. */
export interface InstallOptions {
  /** Installs the build for NVIDIA GPUs with the CUDA libraries it opens: 3.0 GB instead of 0.3 GB to download. */
  cuda?: boolean | undefined;
  onProgress?: OnProgress | undefined;
  /** Where engines are kept. Default: {@link cacheFolder}. */
  folder?: string | undefined;
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
  const present = wholeEngine(engine, release, cuda);
  if (present) return present;
  return withLock(
    join(folder, 'install.lock'),
    async () => {
      const installedMeanwhile = wholeEngine(engine, release, cuda);
      if (installedMeanwhile) return installedMeanwhile;
      await removeLeftovers(folder);
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

/** The engine in a folder, with every library of NVIDIA's that belongs to it; else it is installed anew. */
function wholeEngine(engine: string, { nvidia }: EngineRelease, cuda: boolean): TensorFlowLocation | undefined {
  const files = cuda ? nvidia.flatMap(({ keep }) => keep) : [];
  return files.every((file) => existsSync(join(engine, 'nvidia', file))) ? engineAt(engine) : undefined;
}

async function downloadArchives(job: Job): Promise<Archive[]> {
  const url = process.env.VJEPA_TENSORFLOW_URL;
  const ways: { name: string; take: () => Promise<Archive[]> }[] = [];
  if (url) {
    ways.push({ name: 'VJEPA_TENSORFLOW_URL', take: () => downloadByUrl(url, job) });
  } else {
    // Says at once where TensorFlow publishes nothing for this machine.
    job.release.wheel(job);
    const pip = await findPip();
    if (pip) ways.push({ name: 'pip', take: () => downloadWheels(pip, job) });
    if (job.cuda) requirePip(pip);
    else ways.push({ name: "TensorFlow's archive", take: () => downloadByUrl(job.release.archiveUrl(job), job) });
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

/** NVIDIA's libraries come as wheels only: without them a build for GPUs would never use one. */
function requirePip(pip: Pip | undefined): void {
  if (pip !== undefined) return;
  throw new TensorFlowError(
    'install-failed',
    "NVIDIA's libraries are published as wheels, and there is no pip to download them with (python3 -m pip, pip3). " +
      'Install one, or set VJEPA_TENSORFLOW_PATH to the folder of a TensorFlow that has its CUDA libraries on the system.',
  );
}

/** A wheel that is one and the same file for everybody, and what is taken out of it. */
interface PinnedWheel {
  /** As pip is asked for it, e.g. `tensorflow-cpu==2.21.0`. */
  requirement: string;
  file: string;
  sha256: string;
  bytes: number;
  select: (name: string) => string | undefined;
}

/** TensorFlow's wheel, and for GPUs those of NVIDIA's libraries. */
function pinnedWheels({ release, cuda }: Job): PinnedWheel[] {
  const { project, platform, sha256, bytes } = release.wheel({ cuda });
  const file = `${project.replace('-', '_')}-${release.version}-cp312-cp312-${platform}.whl`;
  const requirement = `${project}==${release.version}`;
  const tensorflow: PinnedWheel = { requirement, file, sha256, bytes, select: engineFile };
  const nvidia = (cuda ? release.nvidia : []).map((wheel): PinnedWheel => {
    const requirement = `${wheel.project}==${wheel.version}`;
    return { ...wheel, requirement, select: (name) => nvidiaFile(wheel, name) };
  });
  return [tensorflow, ...nvidia];
}

/**
 * Downloads the wheels that an earlier try has not downloaded already. Each is checked before the next is begun, and
 * stays where it is when a later one fails.
 */
async function downloadWheels(pip: Pip, job: Job): Promise<Archive[]> {
  const { downloads, onProgress, release } = job;
  const wheels = pinnedWheels(job);
  const totalBytes = wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  const present = wheels.filter(({ file }) => existsSync(join(downloads, file)));
  const bytes = present.reduce((sum, wheel) => sum + wheel.bytes, 0);
  const installedBytes = release.wheel(job).installedBytes + (job.cuda ? NVIDIA_INSTALLED_BYTES : 0);
  await requireSpace(dirname(downloads), totalBytes - bytes + installedBytes);
  const item = `TensorFlow ${release.version}${job.cuda ? ' with CUDA' : ''}`;
  onProgress({ stage: 'plan', item, bytes, totalBytes, installedBytes });
  const archives: Archive[] = [];
  for (const wheel of wheels) {
    const path = (await earlierDownload(wheel, job)) ?? (await downloadPinned(pip, wheel, job));
    archives.push({ path, sha256: wheel.sha256, version: release.version, select: wheel.select });
  }
  return archives;
}

async function downloadPinned(
  pip: Pip,
  { requirement, file, sha256: expected, bytes }: PinnedWheel,
  { downloads, onProgress }: Job,
): Promise<string> {
  // A wheel's name ends with the platforms it is for: `…-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl`.
  const platforms = file.slice(file.lastIndexOf('-') + 1, -'.whl'.length).split('.');
  const path = await downloadWheel(pip, { requirement, platforms, bytes }, downloads, onProgress);
  const sha256 = await checksum(path, onProgress);
  if (sha256 === expected) return path;
  await rm(path, { force: true });
  throw new Error(`${basename(path)} has the SHA-256 ${sha256}, expected ${expected}; it was thrown away`);
}

/** The wheel of an installation that broke off after its download. */
async function earlierDownload(
  { file, sha256 }: PinnedWheel,
  { downloads, onProgress }: Job,
): Promise<string | undefined> {
  const path = join(downloads, file);
  if (!existsSync(path)) return undefined;
  return (await checksum(path, onProgress)) === sha256 ? path : undefined;
}

async function downloadByUrl(url: string, { downloads, release, onProgress }: Job): Promise<Archive[]> {
  await requireSpace(dirname(downloads), 1.3e9);
  const path = await downloadFile(url, downloads, onProgress);
  const sha256 = await checksum(path, onProgress);
  const version = /\d+\.\d+\.\d+/.exec(new URL(url).pathname)?.[0] ?? release.version;
  return [{ path, sha256, version, select: path.endsWith('.whl') ? engineFile : archiveFile }];
}

/** Unpacks archives into a folder of their own, and moves that to `engine` once it is whole. */
async function unpackEngine(engine: string, archives: Archive[], { release, cuda, onProgress }: Job): Promise<void> {
  const partial = await mkdtemp(join(dirname(engine), PARTIAL));
  try {
    for (const { path, select } of archives) {
      const unpack = path.endsWith('.whl') ? unpackWheel : unpackTarGz;
      const onBytes = (item: string, bytes: number, totalBytes?: number) =>
        onProgress({ stage: 'unpack', item, bytes, ...(totalBytes !== undefined && { totalBytes }) });
      await unpack(path, { folder: partial, select, onBytes });
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
    // Damaged archives must not be taken up by the next installation; a full disk damages none.
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') for (const { path } of archives) await rm(path, { force: true });
    throw new TensorFlowError('install-failed', `TensorFlow could not be unpacked: ${(cause as Error).message}`, {
      cause,
    });
  }
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
