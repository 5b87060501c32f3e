/** Progress through a known number of things. */
export interface TaskProgress {
  /** `count` more are done. `bad` ones are counted apart. */
  advance(bad?: boolean, count?: number): void;
  /** Says something meanwhile, without disturbing what is drawn. */
  print(line: string): void;
  close(): void;
}

/** A number of things that are to be done. */
export interface Task {
  total: number;
  /** What is counted, in the plural. */
  unit: string;
  /** What is done with them. */
  title?: string;
}

/** Opens a bar for a task, or whatever shows how far it is; closed before the next one opens. */
export type BeginTask = (task: Task) => TaskProgress;

/** For those who want no bars. */
export const noProgress: BeginTask = () => ({ advance() {}, print() {}, close() {} });
