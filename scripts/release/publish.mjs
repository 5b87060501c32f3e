// Publishes the tarballs that `npm run release:dry` has made and checked, in an order in which each package's dependencies
// are there before it. For the workflow alone: it refuses to run where a release would have no provenance.
//
//   node scripts/release/publish.mjs release
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnPortable } from '../portable.mjs';
import { REPOSITORY } from './manifest-problems.mjs';
import { provenanceProblems } from './provenance-problems.mjs';
import { publishedInOrder, root, tarballName } from './workspace.mjs';

const { env } = process;
const folder = process.argv[2];
const problems = provenanceProblems({
  env,
  event: JSON.parse(env.GITHUB_EVENT_PATH ? readFileSync(env.GITHUB_EVENT_PATH, 'utf8') : 'null'),
  npmVersion: npm(['--version']).stdout.trim(),
  npmConfig: [
    join(root, '.npmrc'),
    ...['userconfig', 'globalconfig'].map((kind) => npm(['config', 'get', kind]).stdout.trim()),
  ]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n'),
  repository: REPOSITORY,
});
const packages = publishedInOrder().map(({ manifest }) => manifest);
const tag = env.GITHUB_REF_NAME;
if (tag !== `v${packages[0].version}`) problems.push(`the tag is ${tag}, and the packages are ${packages[0].version}`);
problems.push(...checkedProblems());
if (problems.length > 0) {
  for (const problem of problems) console.error(`publish: ${problem}`);
  process.exit(1);
}

for (const manifest of packages) {
  const name = `${manifest.name}@${manifest.version}`;
  // A release that broke off goes on where it was.
  if (npm(['view', name, 'version']).stdout.trim() === manifest.version) console.log(`${name} is published already`);
  else {
    const { status } = npm(
      ['publish', join(folder, 'tarballs', tarballName(manifest)), '--provenance', '--access', 'public'],
      'inherit',
    );
    if (status !== 0) process.exit(1);
  }
}
for (const { name, version } of packages) await requireProvenance(`${name}@${version}`);

/** What is published is what was checked, and was built from the commit that the workflow runs for. */
function checkedProblems() {
  if (!folder) return ['no folder was given'];
  const { commit, packages: checked } = JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8'));
  const sums = new Map(checked.map(({ name, sha256 }) => [name, sha256]));
  const changed = packages.filter((manifest) => {
    const tarball = join(folder, 'tarballs', tarballName(manifest));
    return !existsSync(tarball) || sha256(tarball) !== sums.get(manifest.name);
  });
  return [
    ...(commit === env.GITHUB_SHA ? [] : [`the tarballs are of ${commit}, and this is ${env.GITHUB_SHA}`]),
    ...changed.map((manifest) => `${tarballName(manifest)} is not the tarball that was checked`),
  ];
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The registry's own word on it, which may take a minute to come. */
async function requireProvenance(name) {
  for (let attempt = 0; attempt < 10; attempt++) {
    const { stdout } = npm(['view', name, 'dist.attestations.provenance.predicateType', '--prefer-online']);
    if (stdout.includes('slsa.dev/provenance')) return;
    await new Promise((resolve) => setTimeout(resolve, 15_000));
  }
  console.error(`publish: ${name} has no provenance`);
  process.exitCode = 1;
}

function npm(args, stdio = 'pipe') {
  return spawnPortable('npm', args, { encoding: 'utf8', stdio });
}
