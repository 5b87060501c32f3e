import { join } from 'node:path';
import type { LabelKind } from '@vjepa/benchmarks';
import { InputError, unfitSetting } from '@vjepa/training';
import { type EncoderConfig, isVjepa2 } from '@vjepa/vit';
import { checkExperiment } from './check-experiment.js';
import {
  type Cell,
  cellName,
  cellsOf,
  type EndToEndRecipe,
  type Experiment,
  inFileName,
  type Start,
} from './experiment.js';
import { type KeptResult, keptResult } from './kept-result.js';
import { type PlannedPretraining, plannedPretraining, pretrainingPlan } from './pretraining-plans.js';
import type { TestAnswers } from './test-answers.js';

/** What a result was made with. */
export interface MadeWith {
  engine: string;
  /** Its processor, and how many cores there were. */
  machine: string;
}

/** What came of a pretraining. */
export interface PretrainingResult extends MadeWith {
  updates: number;
  /** Of the last update. */
  loss: number;
  /** Of all updates together, by the clock. */
  seconds: number;
}

/** What came of a cell with one seed. */
export interface CellResult extends TestAnswers, MadeWith {
  /** Those that were best on the validation videos, or the only ones. */
  learningRate: number;
  weightDecay: number;
  /** Labelled videos that it was trained on, and kinds of them. */
  trainingVideos: number;
  classes: number;
  /**
   * By the clock, features not counted: of a probe, which begins anew where it was stopped, its last training; of a training
   * end to end all sessions, but for what a kill took.
   */
  seconds: number;
}

/** An experiment in a folder: where everything is, and what there is of it. */
export class ExperimentPlan {
  readonly cells: readonly Cell[];
  /** Of all encoders: pretrainings differ in what they learn from. */
  readonly encoder: EncoderConfig;

  constructor(
    readonly experiment: Experiment,
    readonly folder: string,
  ) {
    checkExperiment(experiment);
    this.cells = withSupervised(experiment, cellsOf(experiment));
    const [first] = Object.keys(experiment.pretrainings);
    if (first === undefined) throw new InputError({ problem: 'an experiment needs a pretraining' });
    const { encoder } = pretrainingPlan(this.pretraining(first));
    if (isVjepa2(encoder)) throw unfitSetting('recipe.model', 'an encoder of V-JEPA', experiment.recipe.model);
    this.encoder = encoder;
    // What was begun otherwise is refused now, by name, and not after hours of work.
    for (const seed of experiment.seeds) {
      for (const name of this.pretrainingsNeeded()) this.keptPretraining(name, seed);
      for (const cell of this.cells) this.keptCell(cell, seed);
    }
  }

  start({ start }: Pick<Cell, 'start'>): Start {
    return this.experiment.starts[start]!;
  }

  pretraining(name: string): PlannedPretraining {
    return plannedPretraining(this.experiment, name);
  }

  pretrainingsNeeded(): string[] {
    const names = this.cells.map((cell) => this.start(cell)).flatMap((start) => pretrainingOf(start) ?? []);
    return [...new Set(names)];
  }

  /** Cells whose encoders a pretraining makes. */
  cellsFrom(pretraining: string): Cell[] {
    return this.cells.filter((cell) => pretrainingOf(this.start(cell)) === pretraining);
  }

  /** Names of the sets that cells and pretrainings see. */
  videosNeeded(): string[] {
    const asked = this.cells.map(({ videos = 'main' }) => videos);
    const seen = this.pretrainingsNeeded().flatMap((name) => this.pretraining(name).data.map(({ videos }) => videos));
    return [...new Set([...asked, ...seen])];
  }

  /** How a cell trains a model end to end. */
  endToEnd(cell: Cell): EndToEndRecipe {
    const { endToEnd } = this.experiment;
    return this.start(cell).kind === 'random' ? endToEnd.scratch : endToEnd.pretrained;
  }

  /** What a cell's probes are tried with. */
  learningRates({ method }: Cell): readonly number[] {
    const { attentive, average } = this.experiment.probe.learningRates;
    return method === 'attentive probe' ? attentive : average;
  }

  /** Random crops of each of a cell's training videos; 0 where they are seen whole. */
  cropsOf({ method, share }: Cell): number {
    const { most = 1 } = this.experiment.probe.crops ?? {};
    const crops = Math.min(most, Math.floor(1 / share + 1e-9));
    return method === 'end to end' || crops < 2 ? 0 : crops;
  }

  videosFolder(name: string): string {
    return join(this.folder, 'videos', inFileName(name));
  }

  keptPretraining(name: string, seed: number): KeptResult<PretrainingResult> {
    const path = join(this.folder, 'pretrainings', inFileName(name), `seed-${seed}`);
    return keptResult(path, { seed, ...this.#whatPretrains(name) });
  }

  keptCell(cell: Cell, seed: number): KeptResult<CellResult> {
    return keptResult(join(this.folder, 'cells', cellName(cell), `seed-${seed}`), this.asked(cell, seed));
  }

  /** Everything that decides what comes of a cell. */
  asked(cell: Cell, seed: number): object {
    const { videos, probe } = this.experiment;
    const { method, label, share, videos: set = 'main' } = cell;
    const training =
      method === 'end to end' ? this.endToEnd(cell) : { ...probe, learningRates: this.learningRates(cell) };
    return {
      ...{ seed, start: cell.start, method, label, share, videos: videos[set], encoder: this.encoder },
      ...this.#whatStarts(this.start(cell)),
      training,
    };
  }

  /** The cell whose trained model a supervised start is. */
  supervisedCell(label: LabelKind): Cell {
    return supervisedCell(this.experiment, label);
  }

  #whatPretrains(name: string) {
    const { settings, data } = this.pretraining(name);
    const { videos } = this.experiment;
    return {
      pretraining: settings,
      data: data.map(({ videos: set, ...part }) => ({ ...part, videos: videos[set] })),
    };
  }

  #whatStarts(start: Start): object {
    switch (start.kind) {
      case 'random': {
        const { initialDeviation } = this.experiment.recipe;
        return initialDeviation === undefined ? {} : { initialDeviation };
      }
      case 'pretrained':
        return { ...this.#whatPretrains(start.pretraining), from: start };
      case 'supervised':
        return { from: { ...start, training: this.experiment.endToEnd.scratch } };
    }
  }
}

function pretrainingOf(start: Start): string | undefined {
  return start.kind === 'pretrained' ? start.pretraining : undefined;
}

function supervisedCell({ starts }: Experiment, label: LabelKind): Cell {
  const [random] = Object.entries(starts).find(([, { kind }]) => kind === 'random') ?? [];
  if (random === undefined) throw new InputError({ problem: 'a supervised start needs a start from random weights' });
  return { start: random, method: 'end to end', label, share: 1 };
}

/** The cells, and those whose models they start from. */
function withSupervised(experiment: Experiment, cells: readonly Cell[]): Cell[] {
  const needed = cells.flatMap(({ start }) => {
    const from = experiment.starts[start]!;
    return from.kind === 'supervised' ? [supervisedCell(experiment, from.label)] : [];
  });
  return [...new Map([...cells, ...needed].map((cell) => [cellName(cell), cell])).values()];
}
