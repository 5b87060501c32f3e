import type { ByteCursor } from './byte-cursor.js';
import type { CheckpointKey } from './checkpoint-value.js';
import { PickleKeys } from './pickle-keys.js';
import { PickleProblem } from './pickle-problem.js';

/** What a name in a pickle stands for. A name without `call` can only be an argument, such as a storage class. */
export interface PickleGlobal {
  /** `module.name`, for messages. */
  readonly globalName: string;
  /** Makes a value of plain arguments. It is this package's own code; nothing of the file is ever run. */
  call?(args: readonly unknown[], keys: PickleKeys): unknown;
}

/** Whether a value on the stack is a name rather than data. */
export function isPickleGlobal(value: unknown): value is PickleGlobal {
  return typeof value === 'object' && value !== null && 'globalName' in value;
}

/** The meaning of everything in a pickle that is not a plain Python literal. */
export interface PickleVocabulary {
  /** @throws PickleProblem for every name that is not on a short list */
  findGlobal(module: string, name: string): unknown;
  /** What a persistent id stands for: in PyTorch's files, a tensor's storage. */
  loadPersistent(id: unknown): unknown;
}

/**
 * Operations and elements that a pickle may take, each up to a hundred bytes of memory. A parameter with AdamW's two
 * moments takes about 150.
 */
const MAX_WORK = 10_000_000;

/** What an empty dict or set costs, in operations. */
const TABLE_WORK = 10;

/** The state of a pickle's stack machine. */
export class PickleMachine {
  stack: unknown[] = [];
  readonly memo = new Map<number, unknown>();
  readonly keys = new PickleKeys();
  readonly #marks: unknown[][] = [];
  #work = 0;

  constructor(
    readonly cursor: ByteCursor,
    readonly vocabulary: PickleVocabulary,
  ) {}

  /**
   * Counts what an operation costs. A short pickle can recall a long list from its memo again and again: what is done
   * with every element counts for each of them.
   *
   * @throws PickleProblem when the pickle asks for more than any checkpoint needs
   */
  spend(units: number): void {
    this.#work += units;
    if (this.#work > MAX_WORK) {
      throw new PickleProblem(
        `it takes more than ${MAX_WORK} operations, more than any checkpoint of tensors needs`,
        'do not trust it; a list of so many numbers is better saved as a tensor',
      );
    }
  }

  push(value: unknown): void {
    if (value instanceof Map || value instanceof Set) this.spend(TABLE_WORK);
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) throw new PickleProblem('an operation takes a value from an empty stack');
    return this.stack.pop();
  }

  top(): unknown {
    if (this.stack.length === 0) throw new PickleProblem('an operation looks at an empty stack');
    return this.stack[this.stack.length - 1];
  }

  /** Starts a new group of values. */
  mark(): void {
    this.#marks.push(this.stack);
    this.stack = [];
  }

  /** The values since the last mark; the stack continues below it. */
  popToMark(): unknown[] {
    const values = this.stack;
    const below = this.#marks.pop();
    if (below === undefined) throw new PickleProblem('an operation looks for a mark that was never set');
    this.stack = below;
    return values;
  }

  /** The key of a dict or set that a value is; {@link PickleKeys}. */
  key(value: unknown): CheckpointKey {
    if (typeof value === 'object' && value !== null) this.spend(TABLE_WORK);
    return this.keys.of(value);
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw new PickleProblem(`memo ${index} is read before it is written`);
    this.push(this.memo.get(index));
  }

  memoize(index: number): void {
    this.memo.set(index, this.top());
  }
}
