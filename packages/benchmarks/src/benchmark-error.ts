/** 'missing': the file or folder is not there; 'invalid': what is in it is wrong. */
export type BenchmarkErrorCode = 'missing' | 'invalid';

/** What is wrong with an annotation file or a data folder: names the file, the line where there is one, the remedy. */
export class BenchmarkError extends Error {
  override readonly name = 'BenchmarkError';
  /** The file or folder that is wrong. */
  readonly path: string;
  /** 1-based. */
  readonly line: number | undefined;
  readonly code: BenchmarkErrorCode;

  constructor(path: string, message: string, line?: number, code: BenchmarkErrorCode = 'invalid') {
    super(line === undefined ? `${path}: ${message}` : `${path}:${line}: ${message}`);
    this.path = path;
    this.line = line;
    this.code = code;
  }
}

/** A line in quotes, its beginning if it is long. */
export function shown(text: string): string {
  return `'${text.length > 160 ? `${text.slice(0, 160)}…` : text}'`;
}
