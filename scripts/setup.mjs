// Makes a fresh clone ready: dependencies, build, engine. Safe to run again; takes a second or two when all is there.
//
// Needs only Node and npm. pnpm comes through npx at the version package.json pins; TensorFlow's library is fetched
// when it can be (the WebAssembly engine serves otherwise). Nothing is installed outside this folder, npm's and
// pnpm's caches and the engine's cache folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnPortable } from './portable.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.vjepa-setup');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };

requireNode(20, 19);
const stamp = sourcesHash();
if (readIfThere(stampFile) === stamp && workspaces().every(isBuilt)) {
  console.log('setup: dependencies and build are up to date');
} else {
  run('npx', ['--yes', manifest.packageManager, 'install', '--frozen-lockfile'], 'installing dependencies');
  run(process.execPath, [join(root, 'scripts/turbo.mjs'), 'run', 'build', '--output-logs=errors-only'], 'building');
  writeFileSync(stampFile, stamp);
}
// The engine is optional: without it everything runs, slowly, on the embedded WebAssembly engine.
const engine = spawnSync(process.execPath, [join(root, 'apps/vjepa/dist/cli.js'), 'runtime', 'install'], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
if (engine.status !== 0) {
  console.log('setup: going on without TensorFlow; the embedded WebAssembly engine serves (several times slower).');
}

function requireNode(major, minor) {
  const [foundMajor, foundMinor] = process.versions.node.split('.').map(Number);
  if (foundMajor > major || (foundMajor === major && foundMinor >= minor)) return;
  console.error(
    `setup: Node ${process.versions.node} is too old; ${major}.${minor} or newer is needed (https://nodejs.org)`,
  );
  process.exit(1);
}

function run(command, args, what) {
  console.log(`setup: ${what}`);
  const { status, error } = spawnPortable(command, args, { cwd: root, env: environment, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`setup: ${what} failed${error ? ` (${error.message})` : ''}: ${command} ${args.join(' ')}`);
  process.exit(status ?? 1);
}

function workspaces() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'package.json')))
      .map((entry) => join(root, group, entry.name)),
  );
}

/** Packages without a build, such as the tests' own, are used as they are. */
function isBuilt(folder) {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return !scripts.build || existsSync(join(folder, 'dist', 'index.js'));
}

/** A hash of everything a build depends on: the lockfile, manifests, build settings and sources. */
function sourcesHash() {
  const hash = createHash('sha256').update(process.version);
  const add = (file) => hash.update(file.slice(root.length)).update(readFileSync(file));
  for (const file of ['package.json', 'pnpm-lock.yaml', 'tsconfig.base.json', 'tsup.config.base.ts'])
    add(join(root, file));
  const addAll = (folder) => {
    for (const file of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (file.isFile()) add(join(file.parentPath ?? file.path, file.name));
    }
  };
  for (const folder of workspaces()) {
    for (const file of readdirSync(folder, { withFileTypes: true })) if (file.isFile()) add(join(folder, file.name));
    addAll(join(folder, 'src'));
  }
  addAll(join(root, 'configs'));
  return hash.digest('hex');
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
