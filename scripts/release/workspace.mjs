import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a separator at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every package here: its folder from the root, and its package.json. */
export function workspaces() {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }));
}

/** What is published, each after all that it depends on: a release that breaks off leaves what can be installed. */
export function publishedInOrder() {
  const published = new Map(
    workspaces()
      .filter(({ manifest }) => !manifest.private)
      .map((workspace) => [workspace.manifest.name, workspace]),
  );
  const ordered = new Map();
  const add = (workspace) => {
    const { name, dependencies, optionalDependencies } = workspace.manifest;
    if (ordered.has(name)) return;
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (published.has(needed)) add(published.get(needed));
    }
    ordered.set(name, workspace);
  };
  for (const workspace of published.values()) add(workspace);
  return [...ordered.values()];
}

/** The name that npm and pnpm give a tarball. */
export function tarballName({ name, version }) {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
}
