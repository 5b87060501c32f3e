import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OnProgress } from '@vjepa/engine';
import {
  archiveSums,
  downloadWheels,
  findPip,
  hostPlatform,
  InstallError,
  installArchives,
  pinnedNvidiaWheel,
} from '@vjepa/native';
import { cacheFolder } from './cache-folder.js';
import { MANIFEST, type PluginLocation, type PluginManifest, pluginAt } from './locate.js';
import type { PluginKind } from './plugin-kind.js';
import { installedLibrary, type PluginRelease, pluginWheel, RELEASES, requirePublished } from './plugin-release.js';
import { recommendPlugin } from './recommend-plugin.js';
import { XlaError } from './xla-error.js';

/** Which plug-in is installed, where, and who is told. */
export interface InstallOptions {
  /** Default: the one that fits the driver. */
  kind?: PluginKind | undefined;
  onProgress?: OnProgress | undefined;
  /** Where plug-ins are kept. Default: the user's cache. */
  folder?: string | undefined;
}

/**
 * Installs a plug-in of XLA into the user's cache, unless it is there already, with the libraries of NVIDIA's that it
 * opens: 2.5 GB for CUDA 13, 3.2 GB for CUDA 12; AMD's come with ROCm 7. Wheels are downloaded by pip, one and the same for everybody, and checked.
 *
 * @param release which build; by default the pinned one this package is tested with
 * @throws XlaError `install-failed` with the reason and what helps
 */
export async function installPlugin(
  { kind = fittingKind(), onProgress = () => {}, folder = cacheFolder() }: InstallOptions = {},
  release: PluginRelease = releaseOf(kind),
): Promise<PluginLocation> {
  const name = `${release.version}-${kind}-${hostPlatform()}`;
  const title = `XLA's plug-in for ${WORDS[kind]} (${release.version})`;
  try {
    return await installArchives({
      ...{ title, folder, name, onProgress },
      whole: () => wholePlugin(join(folder, name), release),
      download: (downloads) => download({ title, release, downloads, onProgress }),
      library: installedLibrary(release),
      holdsEngine: (at) => existsSync(join(at, installedLibrary(release))),
      manifest: {
        file: MANIFEST,
        content: (archives): PluginManifest => ({
          kind,
          version: release.version,
          platform: hostPlatform(),
          library: installedLibrary(release),
          archives: archiveSums(archives),
        }),
      },
    });
  } catch (cause) {
    if (cause instanceof InstallError) throw new XlaError('install-failed', cause.message, { cause });
    throw cause;
  }
}

function releaseOf(kind: PluginKind): PluginRelease {
  if (Object.hasOwn(RELEASES, kind)) return RELEASES[kind];
  const kinds = Object.keys(RELEASES).join(', ');
  throw new XlaError('invalid-argument', `a plug-in of the kind '${kind}' was asked for; there are ${kinds}`);
}

function fittingKind(): PluginKind {
  const { kind, reason } = recommendPlugin();
  if (kind !== undefined) return kind;
  throw new XlaError(
    'install-failed',
    `no plug-in of XLA fits this machine: ${reason}; one that is named (cuda13, cuda12, rocm) is fetched all the same`,
  );
}

const WORDS: Record<PluginKind, string> = { cpu: 'CPUs', cuda12: 'CUDA 12', cuda13: 'CUDA 13', rocm: 'ROCm 7' };

/** The plug-in in a folder, with every library of NVIDIA's that belongs to it; else it is installed anew. */
function wholePlugin(folder: string, { nvidia }: PluginRelease): PluginLocation | undefined {
  const files = nvidia.flatMap(({ keep }) => keep);
  return files.every((file) => existsSync(join(folder, 'nvidia', file))) ? pluginAt(folder) : undefined;
}

async function download({
  title,
  release,
  downloads,
  onProgress,
}: {
  title: string;
  release: PluginRelease;
  downloads: string;
  onProgress: OnProgress;
}) {
  requirePublished();
  const pip = await findPip();
  if (pip === undefined) {
    throw new InstallError(
      `${title} is published as a wheel, and there is no pip to download it with (python3 -m pip, pip3). Install one, or ` +
        'set VJEPA_XLA_PLUGIN to the path of a plug-in.',
    );
  }
  const wheels = [pluginWheel(release), ...release.nvidia.map(pinnedNvidiaWheel)];
  try {
    return await downloadWheels(pip, {
      ...{ title, wheels, downloads, onProgress },
      installedBytes: release.installedBytes,
    });
  } catch (cause) {
    if (cause instanceof InstallError) throw cause;
    throw new InstallError(`${title} could not be downloaded: ${(cause as Error).message}`, { cause });
  }
}
