import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OnProgress, PinnedWheel } from '@vjepa/engine';
import {
  type Archive,
  archiveSums,
  CUDA_12_INSTALLED_BYTES,
  checksum,
  downloadFile,
  downloadWheels,
  findPip,
  hostPlatform,
  InstallError,
  installArchives,
  type Pip,
  pinnedNvidiaWheel,
  requireSpace,
} from '@vjepa/native';
import { findLibraries } from './c-api.js';
import { cacheFolder } from './cache-folder.js';
import { archiveFile, engineFile } from './install/engine-files.js';
import { type EngineRelease, RELEASE } from './install/engine-release.js';
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

/** A downloaded archive, and the TensorFlow it belongs to. */
interface EngineArchive extends Archive {
  version: string;
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
  const name = `${release.version}-${cuda ? 'cuda' : 'cpu'}-${hostPlatform()}`;
  try {
    return await installArchives<TensorFlowLocation, EngineArchive>({
      title: 'TensorFlow',
      ...{ folder, name, onProgress },
      whole: () => wholeEngine(join(folder, name), release, cuda),
      download: (downloads) => downloadArchives({ release, cuda, downloads, onProgress }),
      library: 'libtensorflow',
      holdsEngine: (engine) =>
        [join(engine, 'tensorflow'), join(engine, 'lib')].some((at) => existsSync(at) && findLibraries(at)),
      manifest: {
        file: MANIFEST,
        content: (archives): EngineManifest => ({
          version: archives[0]?.version ?? release.version,
          platform: hostPlatform(),
          cuda,
          archives: archiveSums(archives),
        }),
      },
    });
  } catch (cause) {
    if (cause instanceof InstallError) throw new TensorFlowError('install-failed', cause.message, { cause });
    throw cause;
  }
}

/** The engine in a folder, with every library of NVIDIA's that belongs to it; else it is installed anew. */
function wholeEngine(engine: string, { nvidia }: EngineRelease, cuda: boolean): TensorFlowLocation | undefined {
  const files = cuda ? nvidia.flatMap(({ keep }) => keep) : [];
  return files.every((file) => existsSync(join(engine, 'nvidia', file))) ? engineAt(engine) : undefined;
}

async function downloadArchives(job: Job): Promise<EngineArchive[]> {
  const url = process.env.VJEPA_TENSORFLOW_URL;
  const ways: { name: string; take: () => Promise<EngineArchive[]> }[] = [];
  if (url) {
    ways.push({ name: 'VJEPA_TENSORFLOW_URL', take: () => downloadByUrl(url, job) });
  } else {
    // Says at once where TensorFlow publishes nothing for this machine.
    job.release.wheel(job);
    const pip = await findPip();
    if (pip) ways.push({ name: 'pip', take: () => downloadRelease(pip, job) });
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

/** TensorFlow's wheel, and for GPUs those of NVIDIA's libraries. */
function pinnedWheels({ release, cuda }: Job): PinnedWheel[] {
  const { project, platform, sha256, bytes } = release.wheel({ cuda });
  const file = `${project.replace('-', '_')}-${release.version}-cp312-cp312-${platform}.whl`;
  const requirement = `${project}==${release.version}`;
  const tensorflow: PinnedWheel = { requirement, file, sha256, bytes, select: engineFile };
  return [tensorflow, ...(cuda ? release.nvidia : []).map(pinnedNvidiaWheel)];
}

async function downloadRelease(pip: Pip, job: Job): Promise<EngineArchive[]> {
  const { downloads, onProgress, release, cuda } = job;
  const archives = await downloadWheels(pip, {
    title: `TensorFlow ${release.version}${cuda ? ' with CUDA' : ''}`,
    wheels: pinnedWheels(job),
    installedBytes: release.wheel(job).installedBytes + (cuda ? CUDA_12_INSTALLED_BYTES : 0),
    ...{ downloads, onProgress },
  });
  return archives.map((archive) => ({ ...archive, version: release.version }));
}

async function downloadByUrl(url: string, { downloads, release, onProgress }: Job): Promise<EngineArchive[]> {
  await requireSpace(dirname(downloads), 1.3e9, 'TensorFlow');
  const path = await downloadFile(url, downloads, onProgress);
  const sha256 = await checksum(path, onProgress);
  const version = /\d+\.\d+\.\d+/.exec(new URL(url).pathname)?.[0] ?? release.version;
  return [{ path, sha256, version, select: path.endsWith('.whl') ? engineFile : archiveFile }];
}
