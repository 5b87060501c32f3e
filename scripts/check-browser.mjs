// Packages that run in browsers, as a page's bundler meets them: nothing of Node's in what they import at top level, and
// types that need neither Node's nor anything but the DOM's. Needs `npm run build`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What their READMEs say of a browser must stay true. */
const PACKAGES = ['random', 'engine', 'optim', 'masks', 'vit', 'jepa', 'probe', 'checkpoints', 'video'].filter((name) =>
  existsSync(join(root, 'packages', name)),
);
const project = mkdtempSync(join(tmpdir(), 'vjepa-browser-'));
const failures = [];

try {
  mkdirSync(join(project, 'node_modules/@vjepa'), { recursive: true });
  for (const name of PACKAGES) {
    symlinkSync(join(root, 'packages', name), join(project, 'node_modules/@vjepa', name), 'junction');
    writeFileSync(join(project, `${name}.ts`), `export * from '@vjepa/${name}';\n`);
  }
  for (const name of PACKAGES) await bundle(name);
  checkTypes();
} finally {
  rmSync(project, { recursive: true, force: true });
}
console.log(`${PACKAGES.length} packages in a browser, ${failures.length} failures`);
for (const failure of failures) console.log(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

/** All that a package exports, in one script; a module of Node's is one that esbuild does not find. */
async function bundle(name) {
  try {
    await build({
      entryPoints: [join(project, `${name}.ts`)],
      ...{ bundle: true, write: false, outdir: project, format: 'esm', platform: 'browser', logLevel: 'silent' },
    });
  } catch (error) {
    const reasons = error.errors?.slice(0, 5).map(({ text, location }) => `  ${location?.file}: ${text}`);
    failures.push([`@vjepa/${name} cannot be bundled for a browser:`, ...(reasons ?? [error.message])].join('\n'));
  }
}

function checkTypes() {
  const options = { strict: true, noEmit: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2022' };
  const compilerOptions = { ...options, customConditions: ['browser'], lib: ['es2024', 'dom'], types: [] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, encoding: 'utf8' });
  // tfjs-core's own declarations do not pass.
  const errors = stdout.split('\n').filter((line) => line.includes('error TS') && !line.includes('node_modules/.pnpm'));
  if (errors.length > 0) failures.push(`types in a browser:\n${errors.join('\n')}`);
}
