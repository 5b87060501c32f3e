import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '@vjepa/training';
import type { LabelKind } from './results-settings.js';

/** One measured number of the experiment. */
export interface ResultCell {
  encoder: 'random' | 'pretrained';
  method: 'attentive probe' | 'average probe' | 'fine-tuned';
  label: LabelKind;
  /** Share of the labels. */
  fraction: number;
  seed: number;
  /** Percent of the test videos. */
  top1: number;
}

/** The numbers measured so far, on disk after each, so that an experiment that was stopped goes on. */
export class ResultCells {
  readonly #path: string;
  readonly #cells: ResultCell[];

  constructor(path: string) {
    this.#path = path;
    this.#cells = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ResultCell[]) : [];
  }

  get all(): readonly ResultCell[] {
    return this.#cells;
  }

  has(wanted: Omit<ResultCell, 'top1'>): boolean {
    return this.#cells.some((cell) =>
      (['encoder', 'method', 'label', 'fraction', 'seed'] as const).every((key) => cell[key] === wanted[key]),
    );
  }

  add(cell: ResultCell): void {
    this.#cells.push(cell);
    writeFileAtomically(this.#path, `${JSON.stringify(this.#cells, null, 1)}\n`);
  }
}
