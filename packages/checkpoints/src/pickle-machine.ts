import type { ByteCursor } from './byte-cursor.js';

/** Something wrong with a pickle; the reader adds the file and the place. */
export class PickleProblem extends Error {
  /** @param remedy what to do, where that is not "the file is damaged" */
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

/** What a name in a pickle stands for. A name without `call` can only be an argument, such as a storage class. */
export interface PickleGlobal {
  /** `module.name`, for messages. */
  readonly globalName: string;
  /** Makes a value of plain arguments. It is this package's own code; nothing of the file is ever run. */
  call?(args: readonly unknown[]): unknown;
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

/** The state of a pickle's stack machine. */
export class PickleMachine {
  stack: unknown[] = [];
  readonly memo = new Map<number, unknown>();
  private readonly marks: unknown[][] = [];

  constructor(
    readonly cursor: ByteCursor,
    readonly vocabulary: PickleVocabulary,
  ) {}

  push(value: unknown): void {
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
    this.marks.push(this.stack);
    this.stack = [];
  }

  /** The values since the last mark; the stack continues below it. */
  popToMark(): unknown[] {
    const values = this.stack;
    const below = this.marks.pop();
    if (below === undefined) throw new PickleProblem('an operation looks for a mark that was never set');
    this.stack = below;
    return values;
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw new PickleProblem(`memo ${index} is read before it is written`);
    this.push(this.memo.get(index));
  }

  memoize(index: number): void {
    this.memo.set(index, this.top());
  }
}
