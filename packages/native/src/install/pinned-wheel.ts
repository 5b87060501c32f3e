import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { NvidiaWheel, OnProgress, PinnedWheel } from '@vjepa/engine';
import { checksum } from './checksum.js';
import type { Archive } from './install-archives.js';
import { downloadWheel, type Pip } from './pip.js';
import { requireSpace } from './require-space.js';

/** What is downloaded, and where to. */
interface WheelDownloads {
  /** What all of them are, e.g. `TensorFlow 2.21.0 with CUDA`. */
  title: string;
  wheels: readonly PinnedWheel[];
  /** The folder they go to. */
  downloads: string;
  /** What is kept of them, on disk, in bytes. */
  installedBytes: number;
  onProgress: OnProgress;
}

/**
 * One of NVIDIA's: the libraries that are opened, the compiler XLA calls, and the licence. They keep their places,
 * `nvidia/<part>/…`.
 */
export function pinnedNvidiaWheel(wheel: NvidiaWheel): PinnedWheel {
  const { project, version, file, sha256, bytes, keep } = wheel;
  return {
    ...{ requirement: `${project}==${version}`, file, sha256, bytes },
    select: (name) => {
      if (keep.some((kept) => name === `nvidia/${kept}`)) return name;
      const licence = /^([^/]+)\.dist-info\/(?:licenses\/)?(licen[cs]e[^/]*)$/i.exec(name);
      return licence ? `licenses/${licence[1]}/${licence[2]}` : undefined;
    },
  };
}

/**
 * Downloads the wheels that an earlier try has not downloaded already. Each is checked before the next is begun, and
 * stays where it is when a later one fails.
 *
 * @throws InstallError where there is no room; Error with pip's own words, or the SHA-256 that is another
 */
export async function downloadWheels(pip: Pip, request: WheelDownloads): Promise<Archive[]> {
  const { title, wheels, downloads, installedBytes, onProgress } = request;
  const totalBytes = wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  const present = wheels.filter(({ file }) => existsSync(join(downloads, file)));
  const bytes = present.reduce((sum, wheel) => sum + wheel.bytes, 0);
  await requireSpace(dirname(downloads), totalBytes - bytes + installedBytes, title);
  onProgress({ stage: 'plan', item: title, bytes, totalBytes, installedBytes });
  const archives: Archive[] = [];
  for (const wheel of wheels) {
    const path = (await earlierDownload(wheel, request)) ?? (await downloadPinned(pip, wheel, request));
    archives.push({ path, sha256: wheel.sha256, select: wheel.select });
  }
  return archives;
}

async function downloadPinned(
  pip: Pip,
  { requirement, file, sha256: expected, bytes }: PinnedWheel,
  { downloads, onProgress }: WheelDownloads,
): Promise<string> {
  // A wheel's name ends with the platforms it is for: `…-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl`.
  const platforms = file.slice(file.lastIndexOf('-') + 1, -'.whl'.length).split('.');
  const path = await downloadWheel(pip, { requirement, platforms, bytes }, downloads, onProgress).catch((cause) => {
    const byHand = `${file} of another machine is taken where it lies in ${downloads}`;
    throw new Error(`${(cause as Error).message}. What was downloaded before is kept for the next try; ${byHand}`, {
      cause,
    });
  });
  const sha256 = await checksum(path, onProgress);
  if (sha256 === expected) return path;
  await rm(path, { force: true });
  throw new Error(`${basename(path)} has the SHA-256 ${sha256}, expected ${expected}; it was thrown away`);
}

/** The wheel of an installation that broke off after its download. */
async function earlierDownload(
  { file, sha256 }: PinnedWheel,
  { downloads, onProgress }: WheelDownloads,
): Promise<string | undefined> {
  const path = join(downloads, file);
  if (!existsSync(path)) return undefined;
  return (await checksum(path, onProgress)) === sha256 ? path : undefined;
}
