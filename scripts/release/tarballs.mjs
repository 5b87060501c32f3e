import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { pnpmOfPublished } from './pnpm.mjs';
import { publishedInOrder, tarballName } from './workspace.mjs';

/** Packs every published package into `folder`, as it would be published, in the order of publication. */
export function packAll(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packages = publishedInOrder();
  // `prepublishOnly` is not run by packing: what is packed is what was built.
  pnpmOfPublished('-r', 'pack', '--pack-destination', folder);
  return packages.map((workspace) => ({ ...workspace, tarball: join(folder, tarballName(workspace.manifest)) }));
}

/** What a tarball holds: its package.json, the sizes of its files by name, their contents, and its own size. */
export async function readTarball(path) {
  const packed = readFileSync(path);
  const entries = await unpackTar(gunzipSync(packed));
  const files = new Map(
    entries
      .filter(({ header }) => header.type === 'file')
      .map(({ header, data }) => [header.name.replace(/^package\//, ''), data]),
  );
  const manifest = JSON.parse(new TextDecoder().decode(files.get('package.json')));
  const unpacked = [...files.values()].reduce((sum, data) => sum + data.length, 0);
  return { manifest, files, packed: packed.length, unpacked };
}

/** What has no business in a tarball, and what is missing from it; one sentence for each. */
export function contentProblems({ manifest, files }) {
  const names = [...files.keys()];
  const stray = names.filter(
    (name) => !/^(dist\/|(package\.json|README\.md|CHANGELOG\.md|LICENSE.*|NOTICE)$)/.test(name),
  );
  const internal = names.filter((name) =>
    /\.(map|tgz|tsbuildinfo)$|\.(test|fixture|test-d|cuda)\.|(^|\/)(\.|node_modules)/.test(name),
  );
  const entries = JSON.stringify(manifest.exports).match(/\.\/dist\/[^"]+/g) ?? [];
  const needed = ['README.md', 'CHANGELOG.md', 'LICENSE', ...entries.map((entry) => entry.slice(2))];
  return [
    ...stray.map((name) => `${name} is none of the files that packages have`),
    ...internal.map((name) => `${name} is for this repository alone`),
    ...needed.filter((name) => !files.has(name)).map((name) => `${name} is missing`),
    ...unnamed(files),
  ];
}

/** Software of others that a build has put into a package, by the comments that esbuild leaves, and that its NOTICE does not name. */
function unnamed(files) {
  const text = (name) => new TextDecoder().decode(files.get(name));
  const notice = files.has('NOTICE') ? text('NOTICE') : '';
  const bundled = [...files.keys()]
    .filter((name) => /\.c?js$/.test(name))
    .flatMap((name) => [...text(name).matchAll(/^\s*\/\/ .*node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm)])
    .map(([, name]) => name);
  return [...new Set(bundled)]
    .filter((name) => !notice.includes(name))
    .map((name) => `${name} is in the build, and the package's NOTICE does not name it`);
}
