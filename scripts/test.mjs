// Every check of the repository, one after the other; the last line is `N passed, N failed`.
//
//   npm test                 everything
//   npm test -- --only=unit  one part (lint, types, unit, tfjs, packages)
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portable } from './portable.mjs';
import { runVitest } from './run-vitest.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const totals = { passed: 0, failed: 0 };
const failures = [];

await part('lint', async () => {
  await check('biome', 'biome', ['check', '.'], root);
  await check('knip: what nothing uses', 'knip', [], root);
  await checkScript('the map of the packages', 'check-map.mjs');
  await checkScript('comments of exported names', 'check-docs.mjs');
});
await part('types', () =>
  inParallel(workspaces(), ({ name, path }) => check(`types of ${name}`, 'tsc', ['-p', 'tsconfig.json'], path)),
);
await part('unit', unitTests);
await part('tfjs', tfjsSuite);
await part('packages', async () => {
  // As a newcomer runs it, with or without pnpm on the PATH.
  await checkCommand('npm run build', 'npm', ['run', 'build', '--', '--output-logs=errors-only'], root);
  await inParallel(workspaces().filter(isPublished), checkPackage);
  await inParallel(
    [
      () => checkScript('examples of the READMEs', 'check-examples.mjs'),
      () => checkScript('packages in a browser', 'check-browser.mjs'),
      () => checkScript('what packages install', 'check-footprint.mjs'),
      () => checkScript('licences of what is installed', 'check-licences.mjs'),
      () => check('sizes of what packages publish', 'size-limit', [], root),
    ],
    (start) => start(),
  );
});
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;

async function part(name, body) {
  if (only && !only.includes(name)) return;
  const start = performance.now();
  console.log(`\n== ${name}`);
  await body();
  console.log(`== ${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

/** Does as much at a time as the machine has cores. */
async function inParallel(items, body) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await body(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Runs one tool of the repository as one check. */
function check(name, tool, args, cwd) {
  return checkCommand(name, join(bin, tool), args, cwd);
}

function checkScript(name, script) {
  return checkCommand(name, process.execPath, [join(root, 'scripts', script)], root);
}

function checkCommand(name, command, args, cwd) {
  const [program, words, options] = portable(command, args);
  return new Promise((resolve) => {
    execFile(program, words, { ...options, cwd, encoding: 'utf8', maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      count(name, error === null);
      if (error !== null) console.log(`${stdout}${stderr}`);
      resolve();
    });
  });
}

function count(name, passed, by = 1) {
  totals[passed ? 'passed' : 'failed'] += by;
  if (!passed) failures.push(name);
}

/** All vitest projects in one run; their own counts are added to the total. */
function unitTests() {
  // XLA's plug-in for CPUs, which tests alone want: 63 MB, once. Without it those that need it are skipped, and say so.
  spawnSync(process.execPath, [join(root, 'apps/vjepa/dist/cli.js'), 'runtime', 'install', '--xla', 'cpu'], {
    cwd: root,
    stdio: 'inherit',
  });
  const { status, report } = runVitest();
  if (report === undefined) return count('vitest wrote no report', false);
  const { numPassedTests, numFailedTests, testResults } = report;
  totals.passed += numPassedTests;
  totals.failed += numFailedTests;
  for (const file of testResults.filter((result) => result.status === 'failed'))
    failures.push(file.name.slice(root.length));
  // A suite that cannot even be loaded has no failed test of its own.
  if (status !== 0 && numFailedTests === 0) count('vitest exited with an error', false);
}

/** The test suite that @tensorflow/tfjs-core publishes, on the eager TensorFlow backend. */
function tfjsSuite() {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/run-tfjs-suite.mjs'], {
    cwd: join(root, 'packages', 'tensorflow'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  const counts = /^(\d+) passed, (\d+) failed/m.exec(stdout);
  console.log(stdout.split('\n').slice(-40).join('\n'));
  if (!counts) return count('the tfjs-core suite printed no result', status === 0 && /skipped/.test(stdout));
  totals.passed += Number(counts[1]);
  if (Number(counts[2]) > 0) count('tfjs-core suite', false, Number(counts[2]));
  else if (status !== 0) count('tfjs-core suite exited with an error', false);
}

/** What would be published: publint and attw on the packed tarball. */
async function checkPackage(folder) {
  await check(`publint of ${folder.name}`, 'publint', ['--strict', '--pack', 'npm'], folder.path);
  await check(`attw of ${folder.name}`, 'attw', ['--pack', '.', '--profile', 'esm-only'], folder.path);
  const names = privateNamesIn(join(folder.path, 'dist'));
  count(
    `types of ${folder.name} name no private package${names.length > 0 ? `, but ${names.join(', ')}` : ''}`,
    names.length === 0,
  );
}

/** Private packages that declarations import, file by file: whoever installs the package does not have them. */
function privateNamesIn(dist) {
  const names = workspaces()
    .filter((folder) => !isPublished(folder))
    .map((folder) => JSON.parse(readFileSync(join(folder.path, 'package.json'), 'utf8')).name);
  return readdirSync(dist, { recursive: true })
    .filter((file) => file.endsWith('.d.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(dist, file), 'utf8');
      return names.filter((name) => text.includes(`'${name}`)).map((name) => `${file}: ${name}`);
    });
}

function isPublished(folder) {
  return !JSON.parse(readFileSync(join(folder.path, 'package.json'), 'utf8')).private;
}

function workspaces() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'package.json')))
      .map((entry) => ({ name: `${group}/${entry.name}`, path: join(root, group, entry.name) })),
  );
}
