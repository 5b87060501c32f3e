import { readFileSync } from 'node:fs';

/** This package's version; sources and build lie one folder below its manifest. */
export function packageVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
