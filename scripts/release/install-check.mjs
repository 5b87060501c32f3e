import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnPortable } from '../portable.mjs';
import { root } from './workspace.mjs';

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** How each package manager installs, and where it is told that packages depend on these very tarballs. */
const MANAGERS = {
  npm: {
    command: ['npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'],
    files: (ours, others) => ({
      'package.json': {
        overrides: { ...Object.fromEntries(Object.keys(ours).map((name) => [name, `$${name}`])), ...others },
      },
    }),
    leavesOut: 'file:./none',
  },
  pnpm: {
    command: ['npx', '--yes', packageManager, 'install', '--prefer-offline', '--ignore-scripts'],
    files: (ours, others) => ({ 'pnpm-workspace.yaml': { overrides: { ...ours, ...others }, pmOnFail: 'ignore' } }),
    leavesOut: '-',
  },
  yarn: {
    command: ['npx', '--yes', 'yarn@1.22.22', 'install', '--ignore-scripts', '--non-interactive', '--no-progress'],
    files: (ours, others) => ({ 'package.json': { resolutions: { ...ours, ...others } } }),
    leavesOut: 'file:./none',
  },
};

export const MANAGER_NAMES = Object.keys(MANAGERS);

/**
 * Installs a packed set in an empty project, imports every package and asks the command line for its version.
 *
 * @param withoutGpl leaves out @ffmpeg/core by the means that docs/licences.md describes
 * @returns what went wrong, or undefined
 */
export function installProblem(manager, packages, { withoutGpl = false } = {}) {
  const project = mkdtempSync(join(tmpdir(), `vjepa-install-${manager}-`));
  try {
    const ours = Object.fromEntries(packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
    const { command, files, leavesOut } = MANAGERS[manager];
    const { 'package.json': extra, ...others } = files(ours, withoutGpl ? { '@ffmpeg/core': leavesOut } : {});
    const tfjs = packages.find(({ manifest }) => manifest.name === 'vjepa').manifest.dependencies;
    const dependencies = { ...ours, '@tensorflow/tfjs-core': tfjs['@tensorflow/tfjs-core'] };
    write(project, 'package.json', { private: true, type: 'module', dependencies, ...extra });
    for (const [name, content] of Object.entries(others)) write(project, name, content);
    mkdirSync(join(project, 'none'));
    write(project, 'none/package.json', { name: 'none', version: '1.0.0' });
    mkdirSync(join(project, 'src'));
    const imports = packages.map(({ manifest }) => `await import('${manifest.name}');`).join('\n');
    writeFileSync(join(project, 'src/import-all.mjs'), imports);
    return (
      failure(command, project) ??
      ffmpegProblem(project, withoutGpl) ??
      failure([process.execPath, 'src/import-all.mjs'], project) ??
      failure([process.execPath, 'node_modules/vjepa/dist/cli.js', '--version'], project)
    );
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

function ffmpegProblem(project, withoutGpl) {
  const files = readdirSync(join(project, 'node_modules'), { recursive: true, encoding: 'utf8' });
  const isThere = files.some((file) => file.endsWith('ffmpeg-core.wasm'));
  return isThere === withoutGpl ? `ffmpeg-core.wasm is ${isThere ? '' : 'not '}there` : undefined;
}

/** JSON is YAML, too. */
function write(project, name, content) {
  writeFileSync(join(project, name), JSON.stringify(content, null, 2));
}

function failure([command, ...args], cwd) {
  const { status, stdout, stderr, error } = spawnPortable(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return status === 0 ? undefined : `${command} ${args.join(' ')}:\n${stdout ?? ''}${stderr || (error?.message ?? '')}`;
}
