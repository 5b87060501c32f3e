import { CsvError, parse } from 'csv-parse/sync';
import { BenchmarkError, shown } from './benchmark-error.js';
import { readText, type TextLine } from './text-file.js';

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
  const records = recordsOf(path, await readText(path));
  return splitFields(path, records).map((fields, i) => ({ fields, line: records[i]!.number }));
}

/** Lines that are not blank; one that begins with a quote goes on until the quote is closed. */
export function recordsOf(path: string, text: string): TextLine[] {
  const records: TextLine[] = [];
  let open: { lines: string[]; number: number } | undefined;
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (open) {
      open.lines.push(line);
      if (!isOpen(line)) continue;
      records.push({ text: open.lines.join('\n'), number: open.number });
      open = undefined;
    } else if (isOpen(line) && /^\s*"/.test(line)) open = { lines: [line], number: i + 1 };
    else if (line.trim() !== '') records.push({ text: line, number: i + 1 });
  }
  if (open) throw new BenchmarkError(path, `a quote is not closed: ${shown(open.lines[0]!)}`, open.number);
  return records;
}

/** Whether a line ends inside a quote that it opens. */
function isOpen(line: string): boolean {
  return line.split('"').length % 2 === 0;
}

/**
 * The fields of each record, without the spaces around them.
 *
 * @throws BenchmarkError for quotes that are not closed, or that stand inside a field
 */
export function splitFields(path: string, records: readonly TextLine[], delimiter: ',' | ';' | '\t' = ','): string[][] {
  // Alone among the records, it would swallow those after it.
  const unclosed = records.find(({ text }) => isOpen(text));
  if (unclosed) throw new BenchmarkError(path, `a quote is not closed: ${shown(unclosed.text)}`, unclosed.number);
  try {
    const text = records.map((record) => record.text).join('\n');
    return parse(text, { delimiter, trim: true, relax_column_count: true, record_delimiter: '\n' });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const wrong = records[Number(error.records)];
    const problem = `quotes stand around a whole field, and those inside it are doubled: ${shown(wrong?.text ?? '')}`;
    throw new BenchmarkError(path, problem, wrong?.number);
  }
}

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
  const places = new Map(header.fields.map((column, place) => [column.toLowerCase(), place]));
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
