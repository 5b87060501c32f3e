import { existsSync, readFileSync } from 'node:fs';
import { CommandError } from '../command-error.js';

/** The script that draws the page's charts, made when the package is built (see tsup.config.ts). */
export function readPageScript(): string {
  // Built, all files lie beside each other in dist/; from source it is two folders up.
  for (const place of ['./report-page.js', '../../dist/report-page.js']) {
    const file = new URL(place, import.meta.url);
    if (existsSync(file)) return readFileSync(file, 'utf8');
  }
  throw new CommandError('the report’s page script, dist/report-page.js, is missing: build the package (pnpm build)');
}
