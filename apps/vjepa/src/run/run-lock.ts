import { existsSync } from 'node:fs';
import { type FolderLock, lockFolder, requireUnlocked } from './folder-lock.js';
import { makeFolder } from './make-folder.js';
import { checkRunFolder, type ExistingRun, type RunFolder } from './run-folder.js';

/** The lock of a pretraining run's folder, which is made only when the first batch has come. */
export class RunLock implements Disposable {
  readonly #folder: RunFolder;
  readonly #say: (line: string) => void;
  #lock: FolderLock | undefined;

  constructor(folder: RunFolder, say: (line: string) => void) {
    this.#folder = folder;
    this.#say = say;
  }

  /**
   * Locks a run that is to be gone on with or replaced, before anything of it is read.
   *
   * @throws CommandError naming whoever works in the folder
   */
  async takeIfThere(existing: ExistingRun): Promise<void> {
    if (!existsSync(this.#folder.config)) return;
    if (existing === 'refuse') await requireUnlocked(this.#folder.path, this.#say);
    else await this.#take();
  }

  /**
   * Makes the folder and locks it, unless that was done before.
   *
   * @throws CommandError when somebody else came first
   */
  async take(existing: ExistingRun): Promise<void> {
    if (this.#lock !== undefined) return;
    makeFolder(this.#folder.path, 'choose another with --run');
    await this.#take();
    checkRunFolder(this.#folder, existing);
  }

  async #take(): Promise<void> {
    const remedy = 'choose another folder with --run';
    this.#lock = await lockFolder(this.#folder.path, { purpose: 'a pretraining run', say: this.#say, remedy });
  }

  [Symbol.dispose](): void {
    this.#lock?.release();
  }
}
