/** What is wrong with an annotation file or a data folder: names the file, the line where there is one, the remedy. */
export class BenchmarkError extends Error {
  override readonly name = 'BenchmarkError';
  /** The file or folder that is wrong. */
  readonly path: string;
  /** 1-based. */
  readonly line: number | undefined;

  constructor(path: string, message: string, line?: number) {
    super(line === undefined ? `${path}: ${message}` : `${path}:${line}: ${message}`);
    this.path = path;
    this.line = line;
  }
}
