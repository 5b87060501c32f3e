import type { StepProfile } from '../compile.js';

/** What the operations of one kind and type took in a step. Times in seconds, added up over lanes. */
export interface OperationShare {
  op: string;
  type: string;
  runs: number;
  seconds: number;
  /** Bytes read and written. */
  bytes: number;
  /** Multiplications and additions of products of matrices. */
  floatOperations: number;
}

/** Where the time of a step went. Times in seconds. */
export interface StepShares {
  /** From the first operation's begin to the last one's end. */
  seconds: number;
  /** How many operations run side by side. */
  lanes: number;
  /** What the lanes waited for each other and for TensorFlow to start the next operation, added up. */
  waiting: number;
  /** Most time first. */
  operations: OperationShare[];
}

/** TensorFlow's numbers for element types. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  3: 'int32',
  4: 'uint8',
  9: 'int64',
  10: 'bool',
  14: 'bfloat16',
  20: 'resource',
};

/** Operations of a watched step, added up by kind and type of operand. */
export function stepShares({ operations, lanes }: Pick<StepProfile, 'operations' | 'lanes'>): StepShares {
  const shares = new Map<string, OperationShare>();
  for (const { op, dtype, seconds, bytes, floatOperations } of operations) {
    const type = TYPES[dtype] ?? `type ${dtype}`;
    const share = shares.get(`${op} ${type}`) ?? { op, type, runs: 0, seconds: 0, bytes: 0, floatOperations: 0 };
    share.runs++;
    share.seconds += seconds;
    share.bytes += bytes;
    share.floatOperations += floatOperations;
    shares.set(`${op} ${type}`, share);
  }
  const seconds = Math.max(0, ...operations.map((operation) => operation.begun + operation.seconds));
  const busy = operations.reduce((sum, operation) => sum + operation.seconds, 0);
  return {
    seconds,
    lanes,
    waiting: Math.max(0, lanes * seconds - busy),
    operations: [...shares.values()].sort((a, b) => b.seconds - a.seconds),
  };
}

/** Kinds of operations that take less than this part of all lanes' time are shown together. */
const LEAST_SHARE = 0.005;

/** The shares as a table for people. */
export function describeStepShares({ seconds, lanes, waiting, operations }: StepShares): string[] {
  const all = lanes * seconds;
  const shown = operations.filter((share) => share.seconds >= LEAST_SHARE * all);
  const others = operations.slice(shown.length);
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 38 : 10) : cell.padStart(9))).join('');
  const time = (value: number) => [(1000 * value).toFixed(1), `${((100 * value) / all).toFixed(1)} %`];
  const rate = (amount: number, duration: number) => (amount > 0 ? (amount / duration / 1e9).toFixed(0) : '');
  return [
    `one watched step: ${seconds.toFixed(3)} s, ${lanes} operations at a time`,
    row(['operation', 'operands', 'runs', 'ms', 'share', 'GB/s', 'GFLOP/s']),
    ...shown.map(({ op, type, runs, ...share }) =>
      row([
        op,
        type,
        String(runs),
        ...time(share.seconds),
        rate(share.bytes, share.seconds),
        rate(share.floatOperations, share.seconds),
      ]),
    ),
    row([
      `${others.length} other kinds`,
      '',
      String(others.reduce((sum, { runs }) => sum + runs, 0)),
      ...time(others.reduce((sum, share) => sum + share.seconds, 0)),
    ]),
    row(['waiting', '', '', ...time(waiting)]),
  ].map((line) => line.trimEnd());
}
