// Every package that installing vjepa brings, with its licence, as docs/licences.md says it, and none under a licence that
// nobody has looked at. Names of binaries for one platform have * in the platform's place.
//
//   node scripts/check-licences.mjs           checks
//   node scripts/check-licences.mjs --write   writes the table anew
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPermissive } from './permissive.mjs';
import { pnpmOfPublished } from './release/pnpm.mjs';
import { publishedInOrder, root } from './release/workspace.mjs';

/** Looked at, and written about above the table. */
const OTHERS = new Map([
  ['@ffmpeg/core', 'GPL-2.0-or-later'],
  ['@img/sharp-libvips-*', 'LGPL-3.0-or-later'],
  // On Windows, with libvips in it.
  ['@img/sharp-*', 'Apache-2.0 AND LGPL-3.0-or-later'],
]);
const TABLE = /<!-- made by scripts\/check-licences\.mjs -->\n[\s\S]*?<!-- end -->/;

const found = new Map([...installed(), ...optionalPeers()]);
const failures = [...found].filter(([name, { licence }]) => !isPermissive(licence) && OTHERS.get(name) !== licence);
for (const [name, { licence }] of failures)
  console.log(`${name} is under ${licence}, which is neither permissive nor written about`);
const table = [
  '<!-- made by scripts/check-licences.mjs -->',
  '| package | licence | |',
  '|---|---|---|',
  ...[...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { licence, note }]) => `| ${name} | ${licence} | ${note} |`),
  '<!-- end -->',
].join('\n');
const page = join(root, 'docs/licences.md');
const text = readFileSync(page, 'utf8');
// Elsewhere other binaries are installed.
const isTrue = text.includes(table) || process.platform !== 'linux' || process.arch !== 'x64';
if (process.argv.includes('--write'))
  writeFileSync(
    page,
    text.replace(TABLE, () => table),
  );
else if (!isTrue) console.log('docs/licences.md has another table: node scripts/check-licences.mjs --write');
console.log(`${found.size} packages of others, ${failures.length} under licences that nobody has looked at`);
process.exitCode = failures.length > 0 || !(isTrue || process.argv.includes('--write')) ? 1 : 0;

/** What pnpm has installed for the dependencies of the published packages. */
function installed() {
  const stdout = pnpmOfPublished('licenses', 'list', '--json', '--prod');
  return Object.entries(JSON.parse(stdout)).flatMap(([licence, packages]) =>
    packages
      .filter(({ name }) => !name.startsWith('@vjepa/'))
      .map(({ name }) => [withoutPlatform(name), { licence, note: '' }]),
  );
}

/** Those that a person installs beside them. */
function optionalPeers() {
  return publishedInOrder().flatMap(({ folder, manifest }) =>
    Object.entries(manifest.peerDependenciesMeta ?? {})
      .filter(([name, { optional }]) => optional && !name.startsWith('@vjepa/') && manifest.devDependencies?.[name])
      .map(([name]) => {
        const file = join(realpathSync(join(root, folder, 'node_modules', name)), 'package.json');
        return [name, { licence: JSON.parse(readFileSync(file, 'utf8')).license, note: 'if you install it' }];
      })
      .filter(([name]) => !isDependency(name)),
  );
}

function isDependency(name) {
  return publishedInOrder().some(({ manifest }) => manifest.dependencies?.[name]);
}

function withoutPlatform(name) {
  return name.replace(/-(linux|linuxmusl|darwin|win32|freebsd|openbsd|wasm32)[-\w]*$/, '-*');
}
