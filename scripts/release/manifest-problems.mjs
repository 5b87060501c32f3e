/** Where the packages come from; a provenance statement of another repository is refused by the registry. */
export const REPOSITORY = 'git+https://github.com/vjepa/vjepa.git';

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/**
 * What is wrong with the package.json of a package that is to be published.
 *
 * @param manifest as it stands in the repository, or in a tarball
 * @param folder the package's folder from the root
 * @param packed whether it is a tarball's: dependencies are ranges that a registry can resolve
 * @returns one sentence for each problem
 */
export function manifestProblems(manifest, folder, { packed = false } = {}) {
  const problems = [];
  const expect = (what, found, expected) => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      problems.push(`${what} is ${JSON.stringify(found)}, and should be ${JSON.stringify(expected)}`);
    }
  };
  expect('repository.url', manifest.repository?.url, REPOSITORY);
  expect('repository.directory', manifest.repository?.directory, folder);
  expect('homepage', manifest.homepage, `https://github.com/vjepa/vjepa/tree/main/${folder}#readme`);
  expect('bugs', manifest.bugs, 'https://github.com/vjepa/vjepa/issues');
  expect('publishConfig', manifest.publishConfig, { access: 'public', provenance: true });
  expect('type', manifest.type, 'module');
  expect('engines', manifest.engines, { node: '>=20.19' });
  if (!manifest.description) problems.push('there is no description');
  if (!(manifest.keywords?.length >= 3)) problems.push('there are fewer than three keywords');
  if (!/^MIT( AND Apache-2\.0)?$/.test(manifest.license)) problems.push(`the licence is ${manifest.license}`);
  for (const file of ['dist', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    if (!manifest.files?.includes(file)) problems.push(`files has no ${file}`);
  }
  for (const script of INSTALL_SCRIPTS) {
    if (manifest.scripts?.[script]) problems.push(`there is an install script, ${script}`);
  }
  if (packed) problems.push(...unresolvable(manifest));
  return problems;
}

/** Dependencies that only this repository can resolve. */
function unresolvable(manifest) {
  return ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, range]) => /^(workspace|catalog|file|link):/.test(range))
      .map(([name, range]) => `${kind} has ${name}: ${range}`),
  );
}
