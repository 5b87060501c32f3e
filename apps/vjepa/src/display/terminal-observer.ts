import type { LineKind, PretrainingObserver } from '@vjepa/training';
import { commandLineName } from '../option-names.js';
import { isLive } from './is-live.js';
import { createLiveDisplay, type LiveDisplay } from './live-display.js';

/** A run on a terminal: the observer that keeps the status block, and where the run's lines go meanwhile. */
export interface TerminalObserver {
  observer: PretrainingObserver;
  print(line: string, kind: LineKind): void;
}

/**
 * Watches a run on `stream`. On a terminal that can move its cursor there is one live status block, which takes the
 * place of progress lines; anywhere else lines come plain, one after the other.
 */
export function terminalObserver(stream: NodeJS.WriteStream = process.stderr): TerminalObserver {
  const live = isLive(stream);
  let display: LiveDisplay | undefined;
  const observer: PretrainingObserver = {
    name: 'the terminal display',
    start({ plan, folder, totalSteps }) {
      if (!live) return;
      display = createLiveDisplay({
        title: folder.path,
        totalSteps,
        totalEpochs: plan.settings.epochs,
        stream,
      });
    },
    step({ metrics }) {
      display?.update(metrics);
    },
    warning({ message }) {
      display?.warn(message.inWords(commandLineName));
    },
    end() {
      display?.close();
      display = undefined;
    },
  };
  return {
    observer,
    print(line, kind) {
      if (!display) stream.write(`${line}\n`);
      else if (kind === 'message') display.print(line);
    },
  };
}
