import type { Engine } from '@vjepa/engine';
import {
  checkResultsFolder,
  claimResultsFolder,
  createRunLog,
  type ExistingRun,
  type Experiment,
  type FolderLock,
  Observers,
  type ResultsFolder,
  type RunLog,
  recordSession,
  resultsFolder,
} from '@vjepa/training';
import type { EvaluationRecord } from './evaluate/evaluation-record.js';
import type { TrainingObserver } from './training-observer.js';

/** What a run with a folder of results is told besides what it is to do. */
export interface ResultsRunOptions {
  /** Where results go. */
  folder: string;
  /** What becomes of an earlier run in the folder. Default: `refuse`. */
  existing?: ExistingRun | undefined;
  /** What computes, or what starts it, once data and model are known to be right. */
  engine: Engine | (() => Promise<Engine>);
  /** Stops the run: what is under way is finished as far as it is short, and saved. */
  signal?: AbortSignal | undefined;
  /** How the folder keeps the settings. Default: the plan, as JSON. */
  record?: EvaluationRecord | undefined;
  /** Of the program that runs, for `environment.json`. Default: this package's name. */
  version?: string | undefined;
  /** Default: lines go to stderr. */
  log?: RunLog | undefined;
  /** Are told of every epoch. */
  observers?: readonly TrainingObserver[] | undefined;
}

/** A run whose folder is free for it, or its own from before. */
export interface ResultsRun {
  folder: ResultsFolder;
  /** Whether it goes on with what is there. */
  resume: boolean;
  log: RunLog;
  observers: Observers<TrainingObserver>;
  /** Opens the engine. */
  openEngine(): Promise<Engine>;
  /**
   * Makes the folder this run's own, and says there what it runs on.
   *
   * @throws InputError when somebody else came first, or when another experiment is to be resumed
   */
  start(engine: Engine, experiment: Omit<Experiment, 'config'>): Promise<FolderLock>;
  /**
   * Does the run's work.
   *
   * @returns undefined when it was stopped by the signal
   */
  untilStopped<Outcome>(work: () => Promise<Outcome>): Promise<Outcome | undefined>;
}

/**
 * Checks, before any work, that a run may have its folder. Creates and removes nothing.
 *
 * @param what.kind the kind of run, as folders name it
 * @param what.work what would be lost if the run were started anew
 * @throws InputError as `checkResultsFolder` does
 */
export async function checkResultsRun(
  options: ResultsRunOptions,
  { kind, record, work }: { kind: string; record: EvaluationRecord; work: readonly string[] },
): Promise<ResultsRun> {
  const { existing = 'refuse', log = createRunLog(), signal, version = '@vjepa/evaluation' } = options;
  const folder = resultsFolder(options.folder, record.run);
  const claim = { folder, record: record.run, kind, work, existing, say: log };
  await checkResultsFolder(claim);
  return {
    folder,
    resume: existing === 'resume',
    log,
    observers: new Observers(options.observers ?? [], log),
    openEngine: async () => (typeof options.engine === 'function' ? options.engine() : options.engine),
    async start(engine, experiment) {
      const lock = await claimResultsFolder({
        ...claim,
        mayChange: record.mayChange,
        experiment: { config: record.settings, ...experiment },
      });
      recordSession(folder.environment, { engine, version });
      log.writeTo(folder.console);
      log(engine.description);
      return lock;
    },
    async untilStopped(work) {
      try {
        return await work();
      } catch (error) {
        if (signal?.aborted && error === signal.reason) return undefined;
        throw error;
      }
    },
  };
}
