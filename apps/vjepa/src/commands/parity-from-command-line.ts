import { type Comparison, checkFixture, type FixtureOptions, type FixtureResult, findFixtures } from '@vjepa/parity';
import { textTable } from '@vjepa/training';
import { CommandError } from '../command-error.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';

export interface ParityCommandOptions extends EngineOptions {
  videos?: string;
  decoder: FixtureOptions['decoder'];
  json?: boolean;
}

/**
 * Checks all fixtures below `folders` and prints a line for each, then a table of what failed, then, as the last line,
 * `N passed, N failed`.
 *
 * @throws CommandError when anything failed.
 */
export async function parityFromCommandLine(folders: readonly string[], options: ParityCommandOptions): Promise<void> {
  const fixtures = findFixtures(folders);
  const engine = await openEngine(options);
  const { videos, decoder, json = false } = options;
  process.stderr.write(`${engine.description}\n`);
  const results: FixtureResult[] = [];
  for (const fixture of fixtures) {
    const result = await checkFixture(fixture, { engine, decoder, videos, optionNames });
    results.push(result);
    if (!json) process.stdout.write(`${describeFixture(result)}\n`);
  }
  const comparisons = results.flatMap((result) => result.comparisons);
  const failed = comparisons.filter(({ passed }) => !passed).length;
  if (json) {
    const rows = results.map(({ fixture, ...rest }) => ({ fixture: fixture.name, kind: fixture.kind, ...rest }));
    process.stdout.write(`${JSON.stringify({ engine: engine.description, fixtures: rows }, null, 2)}\n`);
  } else if (failed > 0) {
    process.stdout.write(`\n${failureTable(results)}\n\n`);
  }
  const summary = `${comparisons.length - failed} passed, ${failed} failed`;
  if (!json) process.stdout.write(`${summary}\n`);
  if (failed > 0) throw new CommandError(`parity: ${summary}`);
  if (comparisons.length === 0) throw new CommandError('parity: nothing was compared');
}

function optionNames(option: string): string {
  return option === 'videos' ? '--videos FOLDER' : commandLineName(option);
}

function describeFixture({ fixture, comparisons, skipped, seconds }: FixtureResult): string {
  const title = `${fixture.name} (${fixture.kind})`;
  const lines = skipped.map((what) => `skip  ${title}: ${what}`);
  if (comparisons.length === 0) return lines.join('\n');
  const failed = comparisons.filter(({ passed }) => !passed).length;
  const worst = comparisons.reduce((worst, { difference }) => Math.max(worst, difference), 0);
  const counted = `${comparisons.length - failed} of ${comparisons.length}, largest difference ${format(worst)}`;
  lines.push(`${failed === 0 ? 'pass ' : 'FAIL '} ${title}: ${counted}, ${seconds.toFixed(1)} s`);
  return lines.join('\n');
}

function failureTable(results: readonly FixtureResult[]): string {
  const rows = results.flatMap(({ fixture, comparisons }) =>
    comparisons.filter(({ passed }) => !passed).map((comparison) => failureRow(fixture.name, comparison)),
  );
  return textTable(['fixture', 'what', 'difference', 'tolerance', ''], rows);
}

function failureRow(fixture: string, { name, difference, tolerance, note = '' }: Comparison): string[] {
  return [fixture, name, format(difference), format(tolerance), note];
}

function format(value: number): string {
  return Number.isInteger(value) || !Number.isFinite(value) ? String(value) : value.toExponential(2);
}
