import { existsSync } from 'node:fs';
import { sentence } from '../sentence.js';
import { type FolderLock, lockFolder, requireUnlocked } from './folder-lock.js';
import { makeFolder } from './make-folder.js';
import { checkRunFolder, type RunFolder } from './run-folder.js';
import { type ExistingRun, FOLDER } from './run-options.js';
import type { RunRecord } from './run-record.js';

/** The lock of a pretraining run's folder, which is made only when the first batch has come. */
export class RunLock implements Disposable {
  readonly #folder: RunFolder;
  readonly #record: RunRecord;
  readonly #say: (line: string) => void;
  #lock: FolderLock | undefined;

  constructor(folder: RunFolder, record: RunRecord, say: (line: string) => void) {
    this.#folder = folder;
    this.#record = record;
    this.#say = say;
  }

  /**
   * Locks a run that is to be gone on with or replaced, before anything of it is read.
   *
   * @throws InputError naming whoever works in the folder
   */
  async takeIfThere(existing: ExistingRun): Promise<void> {
    if (!existsSync(this.#folder.config)) return;
    if (existing === 'refuse') await requireUnlocked(this.#folder.path, this.#say);
    else await this.#take();
  }

  /**
   * Makes the folder and locks it, unless that was done before.
   *
   * @throws InputError when somebody else came first
   */
  async take(existing: ExistingRun): Promise<void> {
    if (this.#lock !== undefined) return;
    makeFolder(this.#folder.path, sentence`choose another with ${FOLDER}`);
    await this.#take();
    checkRunFolder(this.#folder, existing, this.#record);
  }

  async #take(): Promise<void> {
    const remedy = sentence`choose another folder with ${FOLDER}`;
    this.#lock = await lockFolder(this.#folder.path, { purpose: 'a pretraining run', say: this.#say, remedy });
  }

  [Symbol.dispose](): void {
    this.#lock?.release();
  }
}
