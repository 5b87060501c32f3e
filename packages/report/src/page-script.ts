import { existsSync, readFileSync } from 'node:fs';

/** The script that draws the page's charts, made when the package is built (see tsup.config.ts). */
export function readPageScript(): string {
  // Built, all files lie beside each other in dist/; from source it is one folder up.
  for (const place of ['./report-page.js', '../dist/report-page.js']) {
    const file = new URL(place, import.meta.url);
    if (existsSync(file)) return readFileSync(file, 'utf8');
  }
  throw new Error('the page’s script, dist/report-page.js, is missing: build @vjepa/report');
}
