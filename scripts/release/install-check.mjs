import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './workspace.mjs';

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** How each package manager installs, and where it is told that packages depend on these very tarballs. */
const MANAGERS = {
  npm: {
    command: ['npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'],
    files: (ours) => ({
      'package.json': { overrides: Object.fromEntries(Object.keys(ours).map((name) => [name, `$${name}`])) },
    }),
  },
  pnpm: {
    command: ['npx', '--yes', packageManager, 'install', '--prefer-offline', '--ignore-scripts'],
    files: (ours) => ({ 'pnpm-workspace.yaml': { overrides: ours, pmOnFail: 'ignore' } }),
  },
  yarn: {
    command: ['npx', '--yes', 'yarn@1.22.22', 'install', '--ignore-scripts', '--non-interactive', '--no-progress'],
    files: (ours) => ({ 'package.json': { resolutions: ours } }),
  },
};

export const MANAGER_NAMES = Object.keys(MANAGERS);

/**
 * Installs a packed set in an empty project, imports every package and asks the command line for its version.
 *
 * @returns what went wrong, or undefined
 */
export function installProblem(manager, packages) {
  const project = mkdtempSync(join(tmpdir(), `vjepa-install-${manager}-`));
  try {
    const ours = Object.fromEntries(packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
    const { command, files } = MANAGERS[manager];
    const { 'package.json': extra, ...others } = files(ours);
    const tfjs = packages.find(({ manifest }) => manifest.name === 'vjepa').manifest.dependencies;
    const dependencies = { ...ours, '@tensorflow/tfjs-core': tfjs['@tensorflow/tfjs-core'] };
    write(project, 'package.json', { private: true, type: 'module', dependencies, ...extra });
    for (const [name, content] of Object.entries(others)) write(project, name, content);
    mkdirSync(join(project, 'src'));
    const imports = packages.map(({ manifest }) => `await import('${manifest.name}');`).join('\n');
    writeFileSync(join(project, 'src/import-all.mjs'), imports);
    return (
      failure(command, project) ??
      failure([process.execPath, 'src/import-all.mjs'], project) ??
      failure([process.execPath, 'node_modules/vjepa/dist/cli.js', '--version'], project)
    );
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** JSON is YAML, too. */
function write(project, name, content) {
  writeFileSync(join(project, name), JSON.stringify(content, null, 2));
}

function failure([command, ...args], cwd) {
  const shell = process.platform === 'win32';
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell,
  });
  return status === 0 ? undefined : `${command} ${args.join(' ')}:\n${stdout ?? ''}${stderr || (error?.message ?? '')}`;
}
