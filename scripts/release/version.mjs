// Raises the version of every package by what the changesets say, and writes the changelogs: `npm run release:version`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import applyReleasePlan from '@changesets/apply-release-plan';
import { read } from '@changesets/config';
import { getPackages } from '@manypkg/get-packages';
import { nextRelease, withUnreleasedInVersion } from './release-plan.mjs';
import { publishedInOrder, root } from './workspace.mjs';

const plan = await nextRelease();
if (plan.releases.length === 0) {
  console.log('No changesets: there is nothing to release. `npx changeset` writes one.');
} else {
  const packages = await getPackages(root);
  await applyReleasePlan(plan, packages, await read(root, packages));
  for (const { folder } of publishedInOrder()) {
    const file = join(root, folder, 'CHANGELOG.md');
    writeFileSync(file, withUnreleasedInVersion(readFileSync(file, 'utf8')));
  }
  // Programs with a package.json of their own, for after publication.
  const examples = join(root, 'examples/package.json');
  const { oldVersion, newVersion } = plan.releases[0];
  writeFileSync(examples, readFileSync(examples, 'utf8').replaceAll(`"^${oldVersion}"`, `"^${newVersion}"`));
  const citation = join(root, 'CITATION.cff');
  writeFileSync(
    citation,
    readFileSync(citation, 'utf8').replace(`version: ${oldVersion}\n`, `version: ${newVersion}\n`),
  );
  console.log(`Every package is ${newVersion}. Read the changelogs, run pnpm install, and commit.`);
}
