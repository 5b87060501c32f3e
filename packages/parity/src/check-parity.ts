import { checkFixture, type FixtureOptions, type FixtureResult } from './check-fixture.js';
import { findFixtures } from './fixture.js';

/** What is checked, and on what. */
export interface ParityOptions extends FixtureOptions {
  /** Folders that are fixtures or have some below. */
  folders: readonly string[];
  /** Told each fixture's result as soon as it is there. */
  onResult?: ((result: FixtureResult) => void) | undefined;
}

/** What became of all fixtures. */
export interface ParityResults {
  results: FixtureResult[];
  /** Comparisons within their tolerance. */
  passed: number;
  /** Comparisons outside it. With neither, nothing was compared: every fixture was skipped. */
  failed: number;
}

/**
 * Compares what is computed here, models on `engine`, with what the reference computed, for every fixture that is one of
 * `folders` or lies below, one after the other.
 *
 * @throws InputError when a folder does not exist or holds no fixture, or a manifest is not JSON with a `kind`; what fails
 *   after that is a failed comparison
 */
export async function checkParity({ folders, onResult, ...options }: ParityOptions): Promise<ParityResults> {
  const results: FixtureResult[] = [];
  for (const fixture of findFixtures(folders)) {
    const result = await checkFixture(fixture, options);
    results.push(result);
    onResult?.(result);
  }
  const comparisons = results.flatMap((result) => result.comparisons);
  const passed = comparisons.filter((comparison) => comparison.passed).length;
  return { results, passed, failed: comparisons.length - passed };
}
