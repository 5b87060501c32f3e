import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { requireObjectImages } from '@vjepa/benchmarks';
import type { Engine, Precision } from '@vjepa/engine';
import type { VideoFeatures } from '@vjepa/evaluation';
import { mersenneTwister } from '@vjepa/random';
import { lockFolder, makeFolder } from '@vjepa/training';
import { initializeEncoder } from '@vjepa/vit';
import { endToEndWeights, trainCellEndToEnd } from './end-to-end-cell.js';
import type { Cell, Experiment } from './experiment.js';
import { type CellResult, ExperimentPlan, type PretrainingResult } from './experiment-plan.js';
import {
  croppedFeatures,
  type FeatureWork,
  type FrozenFeatures,
  frozenFeatures,
  meanFeatures,
  meanOverTokens,
  shareOf,
  underLabel,
} from './frozen-features.js';
import type { KeptResult } from './kept-result.js';
import { type LabelledSets, writeLabelledSets } from './labelled-videos.js';
import { pretrainedWeights, pretrainOnce, type Weights } from './pretrain-once.js';
import { pretrainingPlan } from './pretraining-plans.js';
import { probeCell } from './probe-cell.js';
import { readReplications } from './replications.js';
import { type ExperimentResults, experimentResults } from './results-file.js';
import { takeOver } from './taken-over.js';
import { WorkEstimate, type WorkProgress, type WorkReport } from './work-estimate.js';
import { workLeft, workNames } from './work-left.js';

/** What `runExperiment` takes. */
export interface RunExperimentOptions {
  experiment: Experiment;
  /** Videos, runs, logs, weights and results; what was stopped goes on from here. */
  folder: string;
  /** Opens what computes; asked once for each precision. */
  openEngine: (precision: Precision) => Promise<Engine>;
  /** Videos that are encoded at the same time, and threads that decode. Default: 2 and one less than there are cores. */
  concurrency?: { encode?: number | undefined; decode?: number | undefined } | undefined;
  /** Ends the experiment after the step under way, which is saved. */
  signal?: AbortSignal | undefined;
  /** Told of every step. */
  onProgress?: ((progress: WorkProgress) => void) | undefined;
  /** Told of each result. */
  onResult?: ((cell: Cell, seed: number, result: CellResult) => void) | undefined;
  /** Told of what is not progress. */
  say?: ((line: string) => void) | undefined;
  /** Of the program that runs, for records. */
  version?: string | undefined;
  /** What makes it again, for the page. */
  command?: string | undefined;
}

/**
 * Runs an experiment, or the rest of it. What is in the folder is not worked out again; a pretraining or a training that was
 * stopped or killed goes on where it was saved, and ends in the same numbers. Each pretraining and each cell has a folder with
 * what it was asked for, its log, its weights and its result.
 *
 * @returns everything that was measured; undefined when the signal ended it before its end
 * @throws InputError before any work where the folder holds results of other settings, naming them; BenchmarkError
 *   before any work where a package whose pictures are moved is not installed; and as `pretrain`, `trainProbe` and `fineTune` do
 */
export async function runExperiment(options: RunExperimentOptions): Promise<ExperimentResults | undefined> {
  const { experiment, folder, signal, say = () => {} } = options;
  const plan = new ExperimentPlan(experiment, folder);
  // Files of other settings are refused now, and not after hours of work.
  readReplications(plan);
  requireObjectImages(plan.videosNeeded().map((name) => experiment.videos[name]!));
  makeFolder(folder);
  using _lock = await lockFolder(folder, { purpose: 'an experiment', say });
  takeOver(plan);
  const estimate = new WorkEstimate(join(folder, 'time.json'), workLeft(plan));
  const run = new ExperimentRun(options, plan, estimate);
  try {
    await run.all();
    return { ...experimentResults(plan), ...(options.command !== undefined && { command: options.command }) };
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  } finally {
    estimate.save();
  }
}

class ExperimentRun {
  readonly #options: RunExperimentOptions;
  readonly #plan: ExperimentPlan;
  readonly #estimate: WorkEstimate;
  readonly #sets = new Map<string, LabelledSets>();
  readonly #engines = new Map<Precision, Promise<Engine>>();
  /** Of the encoder that was last asked about; those of one are large. */
  #features: { of: string; features: FrozenFeatures; mean: FrozenFeatures } | undefined;

  constructor(options: RunExperimentOptions, plan: ExperimentPlan, estimate: WorkEstimate) {
    this.#options = options;
    this.#plan = plan;
    this.#estimate = estimate;
  }

  /** Seed by seed, so that what is there early is a whole; and encoder by encoder, whose features are computed once. */
  async all(): Promise<void> {
    const { cells, experiment } = this.#plan;
    const starts = [...new Set(cells.map(({ start }) => start))];
    for (const seed of experiment.seeds) {
      for (const start of starts) {
        for (const cell of cells.filter((other) => other.start === start)) await this.#cell(cell, seed);
      }
    }
  }

  async #cell(cell: Cell, seed: number): Promise<void> {
    const kept = this.#plan.keptCell(cell, seed);
    if (kept.read() !== undefined) return;
    const weights = await this.#weights(cell, seed);
    kept.begin();
    const result = await (cell.method === 'end to end'
      ? this.#endToEnd(cell, seed, kept.folder, weights)
      : this.#probe(cell, seed, kept.folder, weights));
    const made = { ...result, machine: thisMachine() };
    kept.finish(made);
    this.#options.onResult?.(cell, seed, made);
  }

  async #probe(cell: Cell, seed: number, folder: string, weights: Weights): Promise<Omit<CellResult, 'machine'>> {
    const { experiment } = this.#plan;
    const { method, label, share, videos = 'main' } = cell;
    const sets = await this.#videos(videos);
    const { features, mean } = await this.#featuresOf(cell, seed, weights);
    const whole = await underLabel(method === 'average probe' ? mean : features, sets, label);
    const part = shareOf(whole.train, { share, seed });
    const train = this.#plan.cropsOf(cell) === 0 ? part : await this.#cropsOf(cell, seed, weights, part);
    const engine = await this.#engine(experiment.probe.precision ?? 'float32');
    return this.#timed(workNames.cell(cell, seed), ({ reach }) =>
      probeCell({
        ...{ engine, folder, seed, recipe: experiment.probe, signal: this.#options.signal },
        features: { ...whole, train },
        classes: sets.classNames[label].length,
        pooling: method === 'average probe' ? 'average' : 'attentive',
        learningRates: this.#plan.learningRates(cell),
        onProgress: reach,
      }),
    );
  }

  async #endToEnd(cell: Cell, seed: number, folder: string, weights: Weights): Promise<Omit<CellResult, 'machine'>> {
    const { label, share, videos = 'main' } = cell;
    const sets = await this.#videos(videos);
    return this.#timed(workNames.cell(cell, seed), async (report) =>
      trainCellEndToEnd({
        ...{ folder, weights, seed, signal: this.#options.signal, version: this.#options.version },
        ...{ encoder: this.#plan.encoder, recipe: this.#plan.endToEnd(cell) },
        engine: await this.#engine(this.#plan.endToEnd(cell).precision ?? 'float32'),
        frameStep: this.#plan.experiment.recipe.clips?.frameStep,
        workers: this.#options.concurrency?.decode,
        train: await sets.partialList(label, { share, seed }),
        test: sets.list('test', label),
        classes: sets.classNames[label].length,
        report,
      }),
    );
  }

  /** What a cell's encoder is made of, once all that it takes is done. */
  async #weights(cell: Cell, seed: number): Promise<Weights> {
    const { encoder, experiment } = this.#plan;
    const start = experiment.starts[cell.start]!;
    const { initialDeviation: deviation } = experiment.recipe;
    switch (start.kind) {
      case 'random':
        return { parameters: initializeEncoder(encoder, mersenneTwister(seed), { deviation }), checkpoint: null };
      case 'pretrained': {
        const { folder } = await this.#pretraining(start.pretraining, seed);
        const { quarter, totalSteps } = this.#plan.pretraining(start.pretraining);
        const step = start.quarters === undefined ? totalSteps : start.quarters * quarter;
        return pretrainedWeights(folder, encoder, { step, which: start.encoder });
      }
      case 'supervised': {
        const taught = this.#plan.supervisedCell(start.label);
        await this.#cell(taught, seed);
        return endToEndWeights(this.#plan.keptCell(taught, seed).folder, encoder);
      }
    }
  }

  async #pretraining(name: string, seed: number): Promise<KeptResult<PretrainingResult>> {
    const kept = this.#plan.keptPretraining(name, seed);
    if (kept.read() !== undefined) return kept;
    const planned = this.#plan.pretraining(name);
    const lists: string[] = [];
    for (const { videos } of planned.data) lists.push((await this.#videos(videos)).list('train', 'joint'));
    kept.begin();
    const result = await this.#timed(workNames.pretraining(name, seed), (report) =>
      pretrainOnce({
        ...{ folder: kept.folder, signal: this.#options.signal, version: this.#options.version, report },
        plan: pretrainingPlan(planned, { videos: lists, seed }),
        openEngine: (precision) => this.#engine(precision),
      }),
    );
    kept.finish({ ...result, machine: thisMachine() });
    return kept;
  }

  async #featuresOf(cell: Cell, seed: number, weights: Weights) {
    const name = workNames.features(cell, seed);
    if (this.#features?.of === name) return this.#features;
    this.#features = undefined;
    const sets = await this.#videos(cell.videos ?? 'main');
    const features = await this.#withFrozen(name, weights, (work) => frozenFeatures(sets, work));
    this.#features = { of: name, features, mean: meanFeatures(features) };
    return this.#features;
  }

  async #cropsOf(cell: Cell, seed: number, weights: Weights, part: VideoFeatures): Promise<VideoFeatures> {
    const crops = { crops: this.#plan.cropsOf(cell), scale: this.#plan.experiment.probe.crops!.scale, seed };
    const name = workNames.crops(cell, seed);
    const features = await this.#withFrozen(name, weights, (work) => croppedFeatures(part, crops, work));
    return cell.method === 'average probe' ? meanOverTokens(features) : features;
  }

  async #withFrozen<Found>(
    name: string,
    weights: Weights,
    find: (work: FeatureWork) => Promise<Found>,
  ): Promise<Found> {
    const { recipe, probe } = this.#plan.experiment;
    const engine = await this.#engine(probe.precision ?? 'float32');
    return this.#timed(name, ({ reach }) =>
      find({
        ...{ engine, parameters: weights.parameters, encoder: this.#plan.encoder, onProgress: reach },
        signal: this.#options.signal,
        frameStep: recipe.clips?.frameStep,
        workers: this.#options.concurrency?.decode,
      }),
    );
  }

  async #videos(name: string): Promise<LabelledSets> {
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const written = await this.#timed(workNames.videos(name), ({ reach }) =>
      writeLabelledSets(this.#plan.videosFolder(name), this.#plan.experiment.videos[name]!, {
        concurrency: this.#options.concurrency?.encode ?? 2,
        signal: this.#options.signal,
        onProgress: reach,
      }),
    );
    this.#sets.set(name, written);
    return written;
  }

  #engine(precision: Precision): Promise<Engine> {
    const opened = this.#engines.get(precision) ?? this.#options.openEngine(precision);
    this.#engines.set(precision, opened);
    return opened;
  }

  /** Does a piece of work, whose progress is told and whose time is kept. */
  async #timed<Result>(name: string, work: (report: WorkReport) => Promise<Result>): Promise<Result> {
    const { signal, onProgress = () => {} } = this.#options;
    signal?.throwIfAborted();
    onProgress(this.#estimate.begin(name));
    const result = await work({
      skip: (share) => onProgress(this.#estimate.skip(share)),
      reach: (share) => onProgress(this.#estimate.reach(share)),
    });
    onProgress(this.#estimate.end());
    return result;
  }
}

function thisMachine(): string {
  const cores = availableParallelism();
  return `${cores} core${cores === 1 ? '' : 's'} (${cpus()[0]?.model.trim() ?? 'unknown'})`;
}
