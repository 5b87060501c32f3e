import { type InstallProgress, installTensorFlow } from '@vjepa/tensorflow';
import { printable } from '@vjepa/training/printable';
import { installPlugin, type PluginKind } from '@vjepa/xla';
import { CommandError, reasonOf } from '../command-error.js';
import { terminalOf } from '../display/guarded-output.js';

/**
 * Installs TensorFlow's library, or a plug-in of XLA (`true`: the one that fits the driver), into the user cache, with a
 * progress bar on a terminal, and prints where it is.
 *
 * @throws CommandError naming every way that was tried.
 */
export async function installRuntime({
  cuda = false,
  xla,
}: {
  cuda?: boolean;
  xla?: PluginKind | true;
}): Promise<void> {
  const progress = progressBar();
  try {
    const path =
      xla === undefined
        ? (await installTensorFlow({ cuda, onProgress: progress.show })).libraryPath
        : (await installPlugin({ kind: xla === true ? undefined : xla, onProgress: progress.show })).path;
    progress.end();
    process.stdout.write(`${path}\n`);
  } catch (error) {
    progress.end();
    throw new CommandError(reasonOf(error), { cause: error });
  }
}

const words: Record<InstallProgress['stage'], string> = {
  wait: 'waiting for another installation in',
  plan: 'installing',
  download: 'downloading',
  verify: 'checking',
  unpack: 'unpacking',
};

/** One line that is redrawn on a terminal; elsewhere one line per stage. */
function progressBar() {
  const live = process.stderr.isTTY;
  let shown = '';
  return {
    show({ stage, item, bytes, totalBytes, installedBytes }: InstallProgress) {
      if (stage === 'plan') return process.stderr.write(`${plan({ item, bytes, totalBytes, installedBytes })}\n`);
      const megabytes = (n: number) => (n / 1e6).toFixed(0);
      const share = totalBytes ? ` ${bar(bytes / totalBytes)} ${megabytes(bytes)} of ${megabytes(totalBytes)} MB` : '';
      const line = `${words[stage]} ${item}${live ? share : ''}`;
      if (line === shown) return;
      shown = line;
      if (live) terminalOf(process.stderr).write(`\r\x1b[K${printable(line)}`);
      else process.stderr.write(`${line}\n`);
    },
    end() {
      if (live && shown !== '') terminalOf(process.stderr).write('\r\x1b[K');
    },
  };
}

/** What is about to happen, before it does. */
function plan({ item, bytes, totalBytes = 0, installedBytes = 0 }: Omit<InstallProgress, 'stage'>): string {
  const gigabytes = (n: number) => `${(n / 1e9).toFixed(1)} GB`;
  const there = bytes > 0 ? `, ${gigabytes(bytes)} of it there already` : '';
  return `${item}: ${gigabytes(totalBytes)} to download${there}, ${gigabytes(installedBytes)} on disk`;
}

function bar(share: number): string {
  const width = 24;
  const full = Math.round(width * Math.min(1, share));
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}
