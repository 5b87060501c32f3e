// The next version of all packages, out of the changesets.
//
// `changeset version` alone would make 1.0.0 of any minor change: it raises whatever has a peer by a major version, and here
// all have one version. So the plan is changesets' own, and the version one step of the largest kind that was asked for.
import getReleasePlan from '@changesets/get-release-plan';
import semver from 'semver';
import { publishedInOrder, root } from './workspace.mjs';

const KINDS = ['none', 'patch', 'minor', 'major'];

/** The plan with one version for all: a step of the largest kind among its changesets. */
export function withOneVersion(plan) {
  const asked = plan.changesets.flatMap(({ releases }) => releases.map(({ type }) => KINDS.indexOf(type)));
  const type = KINDS[Math.max(0, ...asked)];
  const releases = plan.releases.map((release) => {
    const newVersion = type === 'none' ? release.oldVersion : semver.inc(release.oldVersion, type);
    return { ...release, type, newVersion };
  });
  return { ...plan, releases };
}

/**
 * A changelog in which what stood under "Unreleased" belongs to the version above it, before what changesets say; a version
 * without either says so.
 */
export function withUnreleasedInVersion(changelog) {
  const folded = changelog.replace(
    /^(## \d+\.\d+\.\d+\n)((?:(?!## ).*\n)*)## Unreleased\n((?:(?!## ).*(?:\n|$))*)/m,
    (_all, version, changes, unreleased) => `${version}${unreleased}\n${changes}`,
  );
  const said = folded.replace(/^(## \d+\.\d+\.\d+\n)\s*(?=## |(?![\s\S]))/gm, `$1\n${NOTHING}\n\n`);
  return `${said.replace(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}

const NOTHING = 'No changes of its own; released with the others.';

/** What the next release would be: of what is published, for private packages go into others and have no version. */
export async function nextRelease() {
  const published = new Set(publishedInOrder().map(({ manifest }) => manifest.name));
  const plan = withOneVersion(await getReleasePlan(root));
  return { ...plan, releases: plan.releases.filter(({ name }) => published.has(name)) };
}
