import { BenchmarkError } from './benchmark-error.js';
import { readLines } from './text-file.js';

export interface CsvRow {
  fields: string[];
  /** 1-based. */
  line: number;
}

/**
 * Reads a comma-separated file; a field may be quoted ("a, b"), a quote inside is doubled.
 *
 * @throws BenchmarkError for an unclosed quote
 */
export async function readCsv(path: string): Promise<CsvRow[]> {
  return (await readLines(path)).map(({ text, number }) => ({ fields: splitFields(path, text, number), line: number }));
}

/**
 * The fields of one line, without the spaces around them.
 *
 * @throws BenchmarkError for an unclosed quote
 */
export function splitFields(path: string, text: string, line: number, by: ',' | ';' | '\t' = ','): string[] {
  if (!text.includes('"')) return text.split(by).map((field) => field.trim());
  const fields: string[] = [];
  const pattern = PATTERNS[by];
  pattern.lastIndex = 0;
  for (let separator: string | undefined = by; separator !== ''; ) {
    const match = pattern.exec(text);
    if (match === null) throw new BenchmarkError(path, `a quote is not closed: ${text}`, line);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!.trim());
    separator = match[3];
  }
  return fields;
}

/** A field, quoted or not, and what ends it. */
const PATTERNS = {
  ',': /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y,
  ';': /\s*(?:"((?:[^"]|"")*)"|([^";]*))\s*(;|$)/y,
  '\t': / *(?:"((?:[^"]|"")*)"|([^"\t]*)) *(\t|$)/y,
};

/** Rows of a file with a header, as functions from column name to field. */
export interface CsvTable {
  columns: string[];
  rows: { line: number; get(column: string): string }[];
}

/**
 * Reads a comma-separated file whose first row names the columns.
 *
 * @param required columns that must be there
 * @throws BenchmarkError for a missing column or a row of another length
 */
export async function readCsvTable(path: string, required: readonly string[]): Promise<CsvTable> {
  const [header, ...rows] = await readCsv(path);
  if (header === undefined) throw new BenchmarkError(path, `is empty; expected a header with ${required.join(',')}`);
  const places = new Map(header.fields.map((column, place) => [column.trim().toLowerCase(), place]));
  for (const column of required) {
    if (!places.has(column)) {
      throw new BenchmarkError(path, `has no column '${column}'; found ${header.fields.join(',')}`, header.line);
    }
  }
  return {
    columns: [...places.keys()],
    rows: rows.map(({ fields, line }) => {
      if (fields.length !== header.fields.length) {
        throw new BenchmarkError(path, `has ${fields.length} fields, expected ${header.fields.length}`, line);
      }
      return { line, get: (column) => fields[places.get(column)!]! };
    }),
  };
}
