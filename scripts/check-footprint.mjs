// What `npm install` of each package brings, as its README says it: how many packages, how many megabytes. And what some
// must not bring: FFmpeg, sharp and koffi have no business with who wants a mask or a metric. Reads what pnpm has
// installed, not the network. Needs `npm run build`.
//
//   node scripts/check-footprint.mjs           checks
//   node scripts/check-footprint.mjs --write   writes the line of each README anew
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Packages that stay light. */
const LIGHT = ['random', 'masks', 'engine', 'optim', 'vit', 'jepa', 'probe', 'checkpoints', 'benchmarks'];
const HEAVY = /^(@ffmpeg\/|sharp$|koffi$|node-av$|@img\/|@koromix\/)/;
const LINE = /^`[^`]+` alone installs \d+ packages?, .*$/m;

const failures = [];
const folders = [...readdirSync(join(root, 'packages')).map((name) => join('packages', name)), 'apps/vjepa'];
for (const folder of folders) check(folder);
for (const failure of failures) console.log(failure);
console.log(`${failures.length} footprints are not what they should be`);
process.exitCode = failures.length > 0 ? 1 : 0;

function check(folder) {
  const own = readPackage(join(root, folder));
  if (own.private) return;
  const installed = installedWith(join(root, folder));
  const heavy = [...installed.keys()].filter((name) => HEAVY.test(name));
  if (LIGHT.some((name) => own.name === `@vjepa/${name}`) && heavy.length > 0) {
    failures.push(`${own.name} brings ${heavy.join(', ')}`);
  }
  const line = describe(own.name, installed);
  const path = join(root, folder, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const written = LINE.exec(readme)?.[0];
  if (process.argv.includes('--write')) writeFileSync(path, withLine(readme, line));
  // Binaries differ from platform to platform.
  else if (process.platform === 'linux' && process.arch === 'x64' && !agree(written, line)) {
    failures.push(
      `${folder}/README.md says "${written}", and it is "${line}": node scripts/check-footprint.mjs --write`,
    );
  }
}

/** Every package that npm would install, itself included, with its size in bytes. */
function installedWith(folder, found = new Map()) {
  const { name, files, dependencies, peerDependencies, peerDependenciesMeta, optionalDependencies } =
    readPackage(folder);
  if (found.has(name)) return found;
  // Of the packages here, what is published; of others, what was.
  const isHere = folder.startsWith(root) && !folder.includes('node_modules');
  found.set(
    name,
    isHere ? [...files, 'package.json'].reduce((sum, file) => sum + sizeOf(join(folder, file)), 0) : sizeOf(folder),
  );
  const peers = Object.keys(peerDependencies ?? {}).filter((peer) => !peerDependenciesMeta?.[peer]?.optional);
  for (const next of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
    const at = find(next, folder);
    if (at) installedWith(at, found);
    else if (!optionalDependencies?.[next]) failures.push(`${name}: ${next} is not installed`);
  }
  return found;
}

function find(name, folder) {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (at === dirname(at)) return undefined;
  }
}

function sizeOf(path) {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || stats.isSymbolicLink()) return 0;
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function describe(name, installed) {
  const bytes = [...installed.values()].reduce((sum, size) => sum + size, 0);
  const [largest, size] = [...installed].sort((a, b) => b[1] - a[1])[0];
  const mostly = installed.size > 1 && size > bytes / 2 ? `, most of it \`${largest}\`` : '';
  return `\`${name}\` alone installs ${installed.size} package${installed.size === 1 ? '' : 's'}, ${megabytes(bytes)} MB${mostly}.`;
}

function megabytes(bytes) {
  return bytes < 9.5e6 ? (bytes / 1e6).toFixed(1) : String(Math.round(bytes / 1e6));
}

/** Sizes move a little with every change. */
function agree(written = '', line) {
  const [a, b] = [written, line].map((text) => /(\d+) packages?, ([\d.]+) MB(.*)/.exec(text) ?? []);
  return a[1] === b[1] && a[3] === b[3] && Math.abs(a[2] - b[2]) <= Math.max(0.2, 0.1 * b[2]);
}

/** The line where it was, else behind the first block of commands. */
function withLine(readme, line) {
  if (LINE.test(readme)) return readme.replace(LINE, line);
  return readme.replace(/^```sh\n.*?^```\n/ms, (block) => `${block}\n${line}\n`);
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
