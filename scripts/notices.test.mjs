import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { BUNDLED_NOTICES } from '../packages/report/src/page/bundled-notices.js';

const report = fileURLToPath(new URL('../packages/report/', import.meta.url));

it('the script of reports names everyone whose work it contains', async () => {
  const { metafile } = await build({
    entryPoints: [join(report, 'src/page/main.ts')],
    conditions: ['@vjepa/source'],
    bundle: true,
    minify: true,
    metafile: true,
    write: false,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  expect(new Set(folders).size).toBeGreaterThan(10);
  const holders = [...new Set(folders)].flatMap((folder) => holdersOf(folder));
  const text = BUNDLED_NOTICES.replaceAll(/\s+/g, ' ');
  expect([...new Set(holders)].filter((holder) => !text.includes(holder))).toEqual([]);
});

/** Names in the copyright lines of a package's licence. */
function holdersOf(folder) {
  const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const lines = readFileSync(join(folder, licence ?? 'LICENSE'), 'utf8');
  return [...lines.matchAll(/^Copyright (?:\(c\) )?[\d, -]+ (.+)$/gim)].map(([, name]) => name.trim());
}
