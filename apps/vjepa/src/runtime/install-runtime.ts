import { describeInstall, type InstallProgress } from '@vjepa/engine';
import { installTensorFlow } from '@vjepa/tensorflow';
import { printable } from '@vjepa/training/printable';
import { installPlugin, type PluginKind } from '@vjepa/xla';
import { CommandError, reasonOf } from '../command-error.js';
import { terminalOf } from '../display/guarded-output.js';
import { isLive } from '../display/is-live.js';

/**
 * Installs TensorFlow's library, or a plug-in of XLA (`true`: the one that fits the driver), into the user cache, with a
 * progress bar on a terminal, and prints where it is.
 *
 * @throws CommandError naming every way that was tried.
 */
export async function installRuntime({ cuda, xla }: { cuda?: boolean; xla?: PluginKind | true }): Promise<void> {
  const progress = progressBar(process.stderr);
  try {
    const { show: onProgress } = progress;
    const path = xla
      ? (await installPlugin({ kind: xla === true ? undefined : xla, onProgress })).path
      : (await installTensorFlow({ cuda, onProgress })).libraryPath;
    progress.end();
    process.stdout.write(`${path}\n`);
  } catch (error) {
    progress.end();
    throw new CommandError(reasonOf(error), { cause: error });
  }
}

/** One line that is redrawn on a terminal; elsewhere one line per stage. */
export function progressBar(stream: NodeJS.WriteStream) {
  const live = isLive(stream);
  let shown = '';
  return {
    show(progress: InstallProgress) {
      const line = describeInstall(progress, { share: live });
      if (progress.stage === 'plan') return stream.write(`${line}\n`);
      if (line === shown) return;
      shown = line;
      if (live) terminalOf(stream).write(`\r\x1b[K${printable(line)}`);
      else stream.write(`${line}\n`);
    },
    end() {
      if (live && shown !== '') terminalOf(stream).write('\r\x1b[K');
    },
  };
}
