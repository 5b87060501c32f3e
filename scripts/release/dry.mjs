// Everything of a release but the publication: builds from the commit, packs, checks, installs the packed set with npm, pnpm
// and yarn, with and without @ffmpeg/core, and shows what would be published. Tarballs, their contents and checksums are left in release/.
//
//   npm run release:dry                     needs a tree without changes
//   npm run release:dry -- --allow-dirty    to try something out; what it makes is not published
//   npm run release:dry -- --no-install     leaves out the installations
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnPortable } from '../portable.mjs';
import { installProblem, MANAGER_NAMES } from './install-check.mjs';
import { manifestProblems } from './manifest-problems.mjs';
import { nextRelease } from './release-plan.mjs';
import { contentProblems, packAll, readTarball } from './tarballs.mjs';
import { publishedInOrder, root } from './workspace.mjs';

const allowDirty = process.argv.includes('--allow-dirty');
const output = join(root, 'release');
const failures = [];

requireCleanTree('before the build');
step('building every package from its sources', () => {
  for (const { folder } of publishedInOrder()) rmSync(join(root, folder, 'dist'), { recursive: true, force: true });
  must(process.execPath, ['scripts/turbo.mjs', 'run', 'build', '--force', '--output-logs=errors-only']);
});
requireCleanTree('after the build');
const packages = step('packing', () => packAll(join(output, 'tarballs')));
const contents = [];
for (const { folder, manifest, tarball } of packages) {
  const read = await readTarball(tarball);
  const problems = [...manifestProblems(read.manifest, folder, { packed: true }), ...contentProblems(read)];
  for (const problem of problems) failures.push(`${manifest.name}: ${problem}`);
  check(`publint of ${manifest.name}`, 'publint', ['run', tarball, '--strict']);
  check(`attw of ${manifest.name}`, 'attw', [tarball, '--profile', 'esm-only']);
  contents.push({
    name: manifest.name,
    tarball,
    ...read,
    sha256: createHash('sha256').update(readFileSync(tarball)).digest('hex'),
  });
}
if (!process.argv.includes('--no-install')) {
  for (const manager of MANAGER_NAMES) {
    for (const withoutGpl of [false, true]) {
      const what = `installing with ${manager}${withoutGpl ? ', without @ffmpeg/core' : ''}`;
      const problem = step(what, () => installProblem(manager, contents, { withoutGpl }));
      if (problem) failures.push(`${what}: ${problem}`);
    }
  }
}
check('sizes', 'size-limit', []);
check('licences of what is installed', process.execPath, ['scripts/check-licences.mjs']);
writeContents();
await show();
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(failures.length > 0 ? `${failures.length} failures` : 'This could be published.');
process.exitCode = failures.length > 0 ? 1 : 0;

function requireCleanTree(when) {
  if (allowDirty) return;
  const changes = git('status', '--porcelain', '--untracked-files=all');
  if (changes === '') return;
  console.error(`release: ${when} the tree has changes, and what is published is built from a commit:\n${changes}`);
  process.exit(1);
}

/** For the workflow that publishes, which takes these tarballs and no others. */
function writeContents() {
  const release = {
    commit: allowDirty ? null : git('rev-parse', 'HEAD'),
    packages: contents.map(({ name, manifest, sha256 }) => ({ name, version: manifest.version, sha256 })),
  };
  writeFileSync(join(output, 'release.json'), `${JSON.stringify(release, null, 2)}\n`);
  const lines = contents.flatMap(({ name, manifest, files }) => [
    `${name}@${manifest.version}`,
    ...[...files].sort().map(([file, data]) => `${String(data.length).padStart(10)}  ${file}`),
    '',
  ]);
  writeFileSync(join(output, 'contents.txt'), lines.join('\n'));
}

async function show() {
  const kilobytes = (bytes) => `${Math.ceil(bytes / 1000)} kB`.padStart(9);
  console.log(`\n${'package'.padEnd(20)} version    packed  unpacked  files`);
  for (const { name, manifest, packed, unpacked, files } of contents) {
    console.log(
      `${name.padEnd(20)} ${manifest.version} ${kilobytes(packed)} ${kilobytes(unpacked)} ${String(files.size).padStart(6)}`,
    );
  }
  const { releases, changesets } = await nextRelease();
  if (releases.length > 0) {
    console.log(
      `\n${changesets.length} changesets: npm run release:version would make this ${releases[0].newVersion}.`,
    );
  }
  console.log(`Contents, file by file: release/contents.txt. Tarballs: release/tarballs.`);
}

function step(what, body) {
  const start = performance.now();
  console.log(`release: ${what}`);
  const result = body();
  console.log(`release: ${what}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return result;
}

function check(name, tool, args) {
  const { status, stdout, stderr } = run(
    tool === process.execPath ? tool : join(root, 'node_modules/.bin', tool),
    args,
  );
  if (status !== 0) failures.push(`${name}:\n${stdout}${stderr}`);
}

function must(command, args) {
  const { status, stdout, stderr } = run(command, args);
  if (status === 0) return;
  console.error(`${stdout}${stderr}`);
  process.exit(1);
}

function git(...args) {
  const { status, stdout, stderr, error } = run('git', args);
  if (status === 0) return stdout.trim();
  console.error(`release: git ${args[0]} failed, and what is published is built from a commit: ${error ?? stderr}`);
  process.exit(1);
}

function run(command, args) {
  return spawnPortable(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
}
