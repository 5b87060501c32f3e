import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sparticuz from '@sparticuz/chromium';

/** How Playwright starts a browser. */
export interface Chromium {
  executablePath: string;
  args: string[];
}

/** CHROMIUM_PATH, a system's, or on x86-64 Linux the one that a development dependency brings. */
export async function findChromium(): Promise<Chromium | undefined> {
  const installed = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find((path) => path && existsSync(path));
  if (installed) return { executablePath: installed, args: ['--no-sandbox', '--disable-gpu'] };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  // It unpacks itself into the temporary folder, where another test file may be unpacking it at the same time.
  const shared = process.env.TMPDIR;
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'vjepa-browser-'));
  try {
    return { executablePath: await sparticuz.executablePath(), args: sparticuz.args };
  } finally {
    if (shared === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = shared;
  }
}
