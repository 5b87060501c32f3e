// The examples of the packages' READMEs as a newcomer meets them: plain JavaScript that is also strict TypeScript, under
// both ways in which TypeScript finds modules, run against the built packages. Needs `npm run build`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'vjepa-examples-'));
const failures = [];

try {
  layOutProject();
  const examples = writeExamples();
  for (const resolution of ['nodenext', 'bundler']) checkTypes(resolution);
  for (const { name, text } of examples) {
    const syntax = node('--check', `${name}.mjs`);
    if (syntax.status !== 0) failures.push(`${name} is not JavaScript:\n${syntax.stderr}`);
    else if (canRun(text)) run(name);
  }
  console.log(`${examples.length} examples, ${failures.length} failures`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
for (const failure of failures) console.log(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Every package, and what their examples import besides; the files that the examples read. */
function layOutProject() {
  const link = (name, target) => {
    const place = join(project, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place, 'junction');
  };
  for (const name of readdirSync(join(root, 'packages'))) link(`@vjepa/${name}`, join(root, 'packages', name));
  link('vjepa', join(root, 'apps/vjepa'));
  for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']) {
    link(name, join(root, 'packages/vit/node_modules', name));
  }
  link('@types/node', join(root, 'node_modules/@types/node'));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  // Bundlers declare this themselves.
  writeFileSync(join(project, 'urls.d.ts'), "declare module '*?url' { const url: string; export default url; }\n");
  cpSync(join(root, 'fixtures/videos'), join(project, 'videos'), { recursive: true });
  cpSync(join(root, 'fixtures/videos/nasa_13013.mp4'), join(project, 'clip.mp4'));
}

/** Each `js` or `ts` block of a README, as a program in both languages. */
function writeExamples() {
  const readmes = ['packages', 'apps'].flatMap((group) => readdirSync(join(root, group)).map((name) => [group, name]));
  return readmes.flatMap(([group, folder]) => {
    const readme = readFileSync(join(root, group, folder, 'README.md'), 'utf8');
    return [...readme.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, text], index) => {
      const name = `${folder}-${index + 1}`;
      for (const ending of ['mjs', 'ts']) writeFileSync(join(project, `${name}.${ending}`), text);
      return { name, text };
    });
  });
}

function checkTypes(moduleResolution) {
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
  const compilerOptions = { strict: true, target: 'es2022', module, moduleResolution, noEmit: true, types: ['node'] };
  // tfjs-core's own declarations do not pass.
  const config = { compilerOptions: { ...compilerOptions, skipLibCheck: true }, include: ['*.ts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', project], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (tsc.status !== 0) failures.push(`types, moduleResolution ${moduleResolution}:\n${tsc.stdout}${tsc.stderr}`);
}

function canRun(text) {
  const needs = [
    /vitl16\.pth\.tar/, // a released checkpoint
    /https:/, // the network
    /\?url'/, // a bundler
    /installTensorFlow/, // a download
    /my_videos/, // minutes
  ];
  return !needs.some((need) => need.test(text));
}

function run(name) {
  const { status, stdout, stderr } = node(`${name}.mjs`);
  if (status !== 0) failures.push(`${name} fails:\n${stdout}${stderr}`);
}

function node(...args) {
  return spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', timeout: 120_000 });
}
